/** The tests that a spec's cases stand for. */
import { suite, type Test } from 'uvu'
import * as assert from 'uvu/assert'
import type { KernelSpec } from '../../native/kernels/spec.js'
import { skipUnless } from '../support/skip.js'
import { openTarget } from '../support/target.js'
import { assertMatches, type Multiplier } from './compare.js'
import { fillCase, presentValues } from './fill.js'
import { checkGradients } from './gradient-check.js'
import { Bench, CPU_ALIGNMENTS, GPU_ALIGNMENTS, isCpuLayout, runCase } from './run-case.js'
import { decode } from './storage.js'

/** A suite whose tests use the device, all skipped where the processor lacks the instruction set asked for. */
export interface DeviceSuite {
  isGpu: boolean
  multiplier: Multiplier
  /** A test that needs no device. */
  test: Test
  /** A test on the device. */
  onDevice(name: string, body: (bench: Bench) => Promise<void> | void): void
  /** A test on the device, left out where that is a GPU. */
  onCpu(name: string, body: (bench: Bench) => Promise<void> | void): void
  run(): void
}

/** Opens the device for a suite. */
export function deviceSuite(name: string): DeviceSuite {
  const target = openTarget()
  const test = suite(process.env.MSTA_KERNELS ? `${name} (${process.env.MSTA_KERNELS})` : name)
  if (typeof target === 'string') {
    const skipped = skipUnless(test, false, target)
    const skip = (title: string) => skipped(title, () => {})
    return { test, isGpu: false, multiplier: 'widened', onDevice: skip, onCpu: skip, run: () => test.run() }
  }
  const bench = new Bench(target)
  test.before.each(() => bench.newJob())
  test.after(() => bench.stream.close())
  const { isGpu, binding } = target
  const onCpuProducts = binding.devices().some(({ description }) => description.startsWith('avx512_bf16'))
  const multiplier = isGpu ? 'tensor cores' : onCpuProducts ? 'cpu products' : 'widened'
  const onDevice: DeviceSuite['onDevice'] = (title, body) => test(title, () => body(bench))
  const onCpu: DeviceSuite['onCpu'] = (title, body) =>
    skipUnless(test, !isGpu, 'an affair of the CPU')(title, () => body(bench))
  return { test, isGpu, multiplier, onDevice, onCpu, run: () => test.run() }
}

/** Adds a test for each case, comparing kernel with twin, and the twin's own gradient check. */
export function addCases(
  { test, onDevice, isGpu, multiplier }: DeviceSuite,
  specs: readonly KernelSpec[],
): void {
  for (const spec of specs) {
    test(`${spec.kernel}: names of cases are distinct`, () => {
      assert.equal([...new Set(spec.cases.map(({ name }) => name))].length, spec.cases.length)
    })
    for (const one of spec.cases) {
      if (isGpu && isCpuLayout(spec, one)) continue
      onDevice(`${spec.kernel} ${one.name}`, async (bench) => {
        const values = fillCase(spec, one, true)
        const expected = spec.reference(presentValues(one, values), one.numbers)
        for (const aligned of isGpu ? GPU_ALIGNMENTS : CPU_ALIGNMENTS)
          for (const [operand, bytes] of await runCase(bench, spec, one, values, aligned)) {
            const out = decode(operand.dtype, bytes)
            assertMatches(spec, one, operand, out, expected[operand.name]!, multiplier)
          }
      })
    }
    if (spec.gradients) {
      test(`${spec.kernel}: the twin's gradients are those of its forward`, () => {
        const compared = spec.cases.map((one) => checkGradients(spec, one))
        assert.ok(compared.reduce((total, count) => total + count, 0) > 20, 'too few entries were compared')
      })
    }
  }
}
