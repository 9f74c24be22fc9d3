import { execFileSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import { loadBinding } from '../lib/runtime/loader.js'
import { packageRoot } from '../lib/runtime/package-root.js'
import type { OnnxPeer, Peers, PythonPeer } from './peers.js'

/** What a program prints; null where it is missing or fails. */
function output(program: string, args: string[]): string | null {
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    return execFileSync(program, args, { cwd: packageRoot, encoding: 'utf8', stdio: [...stdio] }).trim()
  } catch {
    return null
  }
}

/** Fields of the first GPU, as nvidia-smi names them; null without it. */
function nvidiaSmi(...fields: string[]): string[] | null {
  const line = output('nvidia-smi', [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits'])
  return line ? line.split('\n')[0]!.split(', ') : null
}

/** Memory of the GPU that is taken, by all processes, in MiB. */
export function deviceUsedMb(): number | null {
  const used = Number(nvidiaSmi('memory.used')?.[0] ?? Number.NaN)
  return Number.isFinite(used) ? used : null
}

/** `MSTA_COMMIT` where there is no repository. */
export const commit = (): string | null =>
  process.env.MSTA_COMMIT ?? (output('git', ['rev-parse', 'HEAD']) || null)

/** What ran the benchmark. */
export function describeMachine(withGpu: boolean): Record<string, unknown> {
  const gpu = withGpu ? nvidiaSmi('name', 'driver_version', 'memory.total', 'clocks.max.sm') : null
  const devices = loadBinding().devices()
  const described = devices.find(({ name }) => name.startsWith('cuda'))?.description.split(',')[0] ?? null
  const name = gpu?.[0] ?? (described?.startsWith('emulated') ? null : described)
  return {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGb: totalmem() / 2 ** 30,
    ...(withGpu && { gpu: name, driver: gpu?.[1] ?? null }),
    ...(gpu && { gpuMemoryMb: Number(gpu[2]), gpuMaxMhz: Number(gpu[3]) }),
    devices,
  }
}

/** Versions of what took part; `cuda` is the toolkit that is installed. */
export function describeVersions(
  withGpu: boolean,
  { torch, onnx, av }: { torch: Peers | string; onnx: OnnxPeer | string; av: PythonPeer | string },
): Record<string, string | null> {
  const toolkit = withGpu ? output('nvcc', ['--version']) : null
  return {
    node: process.version,
    addon: loadBinding().version,
    ...(typeof torch !== 'string' && { torch: torch.torch }),
    ...(typeof onnx !== 'string' && { 'onnxruntime-node': onnx.versions['onnxruntime-node']! }),
    ...(typeof av !== 'string' && { av: av.versions.av! }),
    ...(withGpu && {
      cuda: toolkit?.match(/release ([\d.]+)/)?.[1] ?? null,
      torchCuda: typeof torch === 'string' ? null : torch.torchCuda,
    }),
  }
}
