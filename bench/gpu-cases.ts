import { DTYPE_BYTES, type DType } from '../lib/runtime/binding.js'
import type { KernelCase, OperandSpec } from '../native/kernels/spec.js'

/** Tokens and width of a ViCLIP-B/16 clip. */
const [TOKENS, WIDTH] = [1569, 768]

/**
 * Storage of the operands where the model has dtype bfloat16, as lib/nn and lib/adapters call the kernels: activations
 * and frozen weights are bfloat16, the residual stream, statistics and the adapter's weights float32. What is not
 * listed stays as the specification has it.
 */
const IN_BFLOAT16: Record<string, readonly string[]> = {
  linear_forward: ['x', 'weight', 'bias', 'out', 'pre'],
  linear_backward: ['grad', 'x', 'weight', 'pre', 'grad_x'],
  attention_forward: ['qkv', 'out'],
  attention_backward: ['grad', 'qkv', 'out', 'grad_qkv'],
  layer_norm_forward: ['weight', 'bias', 'out'],
  layer_norm_backward: ['grad', 'weight'],
  msta_adapter_forward: ['h', 'hidden', 'z'],
  msta_adapter_backward: ['grad_z', 'h', 'hidden', 'z', 'grad_h'],
  temporal_conv_forward: ['z'],
  temporal_conv_backward: ['z', 'grad_z'],
  patch_embed_forward: ['weight', 'cls', 'position', 'temporal'],
  token_embed_forward: ['table', 'position'],
}

/** A case on the device: the specification's, for `batch` clips. */
export interface GpuCase {
  shape: string
  dtype: 'float32' | 'bfloat16'
  numbers: Record<string, number>
  operands: OperandSpec[]
  flops: number
  bytes: number
}

/** The number of a case that says for how many clips it is, where it is one of one clip. */
function perClip({ numbers }: KernelCase): string | undefined {
  if (numbers.rows === TOKENS) return 'rows'
  if (numbers.count === TOKENS * WIDTH) return 'count'
  const isClip = numbers.tokens === TOKENS || numbers.patches !== undefined || numbers.patch !== undefined
  return numbers.batch === 1 && isClip ? 'batch' : undefined
}

const elements = (shape: readonly number[]) => shape.reduce((size, n) => size * n, 1)

/** Bytes of every operand once, of one that is read and written twice. */
export const traffic = (operands: readonly OperandSpec[]) =>
  operands
    .filter(({ absent }) => !absent)
    .reduce((sum, { role, dtype, shape }) => {
      return sum + elements(shape) * DTYPE_BYTES[dtype] * (role === 'inout' ? 2 : 1)
    }, 0)

function stored(kernel: string, kase: KernelCase, dtype: DType, operand: OperandSpec): DType {
  const halves = IN_BFLOAT16[kernel]
  if (!halves || operand.dtype === 'int32' || operand.dtype === 'uint8') return operand.dtype
  if (dtype === 'float32' || !halves.includes(operand.name)) return 'float32'
  // What is added to the residual stream is part of it, and so is its gradient.
  const joinsResidual = kase.operands.some(({ name, absent }) => name === 'residual' && !absent)
  if (kernel === 'linear_forward' && operand.name === 'out' && joinsResidual) return 'float32'
  const ofDown = kernel === 'linear_backward' && kase.numbers.out === WIDTH
  return operand.name === 'grad' && ofDown ? 'float32' : 'bfloat16'
}

function gpuCase(kernel: string, kase: KernelCase, dtype: 'float32' | 'bfloat16', batch: number): GpuCase {
  const scaled = perClip(kase)
  const clips = scaled ? batch : 1
  const numbers: Record<string, number> = { ...kase.numbers }
  const one = scaled ? numbers[scaled]! : 0
  if (scaled) numbers[scaled] = one * clips
  // The packed layout is the CPU's; GPU kernels read weights as they are.
  if ('packed' in numbers) numbers.packed = 0
  const operands = kase.operands
    .filter(({ role }) => role !== 'aside')
    .map(({ via: _, ...operand }): OperandSpec => {
      const [first, ...rest] = operand.shape
      const shape = scaled && first === one ? [one * clips, ...rest] : operand.shape
      return { ...operand, shape, dtype: stored(kernel, kase, dtype, operand) }
    })
  const isHalf = operands.some((operand) => operand.dtype === 'bfloat16' && !operand.absent)
  const present = operands.filter(({ absent }) => !absent)
  const sizes = present.map((operand) => `${operand.name} [${operand.shape.join(',')}]`).join(' ')
  const words = Object.entries({ 1: 'quick_gelu', 2: 'relu' })
    .filter(([code]) => numbers.activation === Number(code))
    .map(([, word]) => word)
  for (const flag of ['causal', 'firstQueryOnly']) if (numbers[flag]) words.push(flag)
  return {
    shape: [...words, sizes.length < 400 ? sizes : kase.name].join(' '),
    dtype: isHalf ? 'bfloat16' : 'float32',
    numbers,
    operands,
    flops: kase.flops * clips,
    bytes: kase.bytes === undefined ? traffic(operands) : kase.bytes * clips,
  }
}

/**
 * The benchmark cases of a kernel for the GPU: those of one clip for `batch` clips, in the storage types of a
 * bfloat16 model and, where the specification has one in float32, in float32; none twice.
 */
export function gpuCases(kernel: string, bench: readonly KernelCase[], batch: number): GpuCase[] {
  const cases = new Map<string, GpuCase>()
  for (const dtype of ['bfloat16', 'float32'] as const)
    for (const kase of bench) {
      const isFloat32 = kase.operands.every((operand) => operand.dtype !== 'bfloat16')
      if (dtype === 'float32' && !isFloat32) continue
      const built = gpuCase(kernel, kase, dtype, batch)
      const { numbers, operands } = built
      const key = [
        numbers,
        operands.map((operand) => [operand.dtype, operand.shape, operand.absent ?? false]),
      ]
      const text = JSON.stringify(key)
      if (!cases.has(text)) cases.set(text, built)
    }
  return [...cases.values()]
}
