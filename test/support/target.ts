/** What runs the kernels under test: an instruction set of the CPU, the emulated GPU, or a real one. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { NativeBinding } from '../../lib/runtime/binding.js'
import { loadBinding } from '../../lib/runtime/loader.js'
import { packageRoot } from '../../lib/runtime/package-root.js'

const INSTRUCTION_SETS = ['avx512_bf16', 'avx512', 'avx2', 'portable']
const GPU_PLUGINS = { emulated: 'build/emulated/libmsta_cuda.so', cuda: 'build/cuda/libmsta_cuda.so' }

/** A device that was asked for by `MSTA_KERNELS`, ready for streams. */
export interface Target {
  /** As in `MSTA_KERNELS`; empty for the CPU's best instruction set. */
  name: string
  device: string
  isGpu: boolean
  binding: NativeBinding
}

/**
 * Opens what `MSTA_KERNELS` names: avx512_bf16, avx512, avx2, portable, emulated (the CUDA kernels on the host) or cuda.
 *
 * @returns why it cannot be tested here, where that is no fault
 */
export function openTarget(name = process.env.MSTA_KERNELS ?? ''): Target | string {
  if (INSTRUCTION_SETS.includes(name)) process.env.MSTA_CPU_ISA = name
  let binding: NativeBinding
  try {
    binding = loadBinding()
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code === 'ERR_DEVICE' && message.includes('does not support')) return message
    throw error
  }
  const isGpu = name in GPU_PLUGINS
  if (!isGpu) return { name, device: 'cpu', isGpu, binding }
  const plugin = process.env.MSTA_CUDA_PLUGIN ?? GPU_PLUGINS[name as keyof typeof GPU_PLUGINS]
  const file = resolve(packageRoot, plugin)
  const required = process.env[name === 'cuda' ? 'MSTA_REQUIRE_CUDA' : 'MSTA_REQUIRE_EMULATED'] === '1'
  if (!existsSync(file) && !required) return `${file} has not been built`
  try {
    binding.loadPlugin(file)
  } catch (error) {
    if (required || name === 'emulated') throw error
    return (error as Error).message
  }
  return { name, device: 'cuda:0', isGpu, binding }
}
