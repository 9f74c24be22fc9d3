import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { packageRoot } from '../lib/runtime/package-root.js'
import type { KernelSpec } from '../native/kernels/spec.js'
import { gpuCases } from './gpu-cases.js'
import { dtypeOf, measureOnCpu } from './kernel-on-cpu.js'
import { measureOnGpu } from './kernel-on-gpu.js'
import type { Plan, Result } from './plan.js'

/** The specifications of all kernels whose folder's name holds `only`. */
async function specifications(only = ''): Promise<KernelSpec[]> {
  const folder = path.join(packageRoot, 'dist', 'native', 'kernels')
  const found: KernelSpec[] = []
  for (const op of (await readdir(folder)).sort()) {
    if (!op.includes(only) || op.endsWith('.js') || op.endsWith('.ts') || op.endsWith('.map')) continue
    const module = await import(path.join(folder, op, `${op}.spec.js`))
    for (const spec of Object.values(module).flat() as KernelSpec[]) if (spec?.kernel) found.push(spec)
  }
  return found
}

/** Every kernel on the shapes of ViCLIP-B/16 that its specification names; on a GPU for `batches` clips at once. */
export async function* benchKernels(plan: Plan, batches: readonly number[]): AsyncGenerator<Result> {
  const isGpu = plan.device !== 'cpu'
  plan.budget.begin()
  const failed = (name: string, dtype: string, shape: string) => (error: unknown) => ({
    failure: { name, dtype, shape, error: (error as Error).message },
  })
  const isWanted = (dtype: string) => !plan.dtypes || plan.dtypes.some((each) => each === dtype)
  for (const { kernel, bench } of await specifications(plan.kernel)) {
    if (!isGpu)
      for (const kase of bench.filter((each) => isWanted(dtypeOf(each))))
        yield await measureOnCpu(kernel, kase, plan.ceilings).catch(failed(kernel, dtypeOf(kase), kase.name))
    else
      for (const batch of batches)
        for (const kase of gpuCases(kernel, bench, batch).filter(({ dtype }) => isWanted(dtype))) {
          if (!plan.budget.allows(2000)) return
          yield await measureOnGpu(plan, kernel, kase).catch(failed(kernel, kase.dtype, kase.shape))
        }
  }
}
