import type { Fill, KernelCase, KernelSpec, OperandSpec, Values } from '../spec.js'

/** The numbers of a step, and of each tensor its count. */
type Numbers = {
  tensors: number
  step: number
  learningRate: number
  beta1: number
  beta2: number
  eps: number
  weightDecay: number
  [count: `count_${number}`]: number
}
type Inputs = Record<string, Float64Array>

/** One step of torch.optim.AdamW on every tensor. */
function step(inputs: Inputs, numbers: Numbers): Values {
  const { step: t, learningRate, beta1, beta2, eps, weightDecay } = numbers
  const out: Values = {}
  for (let tensor = 0; tensor < numbers.tensors; tensor++) {
    const count = numbers[`count_${tensor}`]!
    const of = (name: string) => inputs[`${name}_${tensor}`]
    const make = (name: string) => {
      out[`${name}_${tensor}`] = new Float64Array(count)
      return out[`${name}_${tensor}`]!
    }
    const [parameter, first, second] = [make('parameter'), make('first_moment'), make('second_moment')]
    for (let i = 0; i < count; i++) {
      const g = of('grad')?.[i] ?? 0
      first[i] = beta1 * of('first_moment')![i]! + (1 - beta1) * g
      second[i] = beta2 * of('second_moment')![i]! + (1 - beta2) * g * g
      const mean = first[i]! / (1 - beta1 ** t)
      const deviation = Math.sqrt(second[i]! / (1 - beta2 ** t))
      const decayed = of('parameter')![i]! * (1 - learningRate * weightDecay)
      parameter[i] = decayed - (learningRate * mean) / (deviation + eps)
    }
  }
  return out
}

interface Options {
  learningRate?: number
  weightDecay?: number
  /** Which tensors have a gradient. */
  grad?: (tensor: number) => boolean
}

/** The operands of one tensor. Before the first step there are no moments yet. */
function operands(tensor: number, count: number, t: number, hasGrad: boolean): OperandSpec[] {
  const moment = t === 1 ? { values: new Float64Array(count) } : undefined
  const one = (name: string, fill: Fill): OperandSpec => ({
    name: `${name}_${tensor}`,
    role: 'inout',
    dtype: 'float32',
    shape: [count],
    fill,
  })
  return [
    one('parameter', { normal: 1 }),
    one('first_moment', moment ?? { normal: 0.1 }),
    one('second_moment', moment ?? { uniform: [0.001, 0.1] }),
    { ...one('grad', { normal: 0.5 }), role: 'in', absent: !hasGrad },
  ]
}

/** The numbers of a call on tensors of these sizes, in the order in which the kernel reads them. */
export function adamwNumbers(counts: readonly number[], t: number, options: Options = {}): Numbers {
  const { learningRate = 0.01, weightDecay = 1e-3 } = options
  const constants = { learningRate, beta1: 0.9, beta2: 0.98, eps: 1e-8, weightDecay }
  const sizes = counts.map((count, i) => [`count_${i}`, count] as const)
  return { tensors: counts.length, step: t, ...constants, ...Object.fromEntries(sizes) }
}

function adamwCase(counts: readonly number[], t: number, options: Options = {}): KernelCase {
  const { learningRate = 0.01, weightDecay = 1e-3, grad = () => true } = options
  const words = [counts.join('+'), `at step ${t}`, `lr ${learningRate}`, `decay ${weightDecay}`]
  const absent = counts.map((_, i) => i).filter((i) => !grad(i))
  if (absent.length > 0) words.push(`no grad of ${absent.join(', ')}`)
  return {
    name: words.join(' '),
    numbers: adamwNumbers(counts, t, options),
    operands: counts.flatMap((count, i) => operands(i, count, t, grad(i))),
    flops: 12 * counts.reduce((total, count) => total + count, 0),
  }
}

const spec: KernelSpec<Numbers, Inputs> = {
  kernel: 'adamw',
  cases: [
    ...[1, 3, 17, 33, 65, 1000].map((count) => adamwCase([count], 1)),
    ...[2, 5, 100, 10000].map((t) => adamwCase([67], t)),
    adamwCase([0], 1),
    adamwCase([], 1),
    adamwCase([67], 3, { grad: () => false }),
    adamwCase([67], 1, { grad: () => false }),
    adamwCase([67], 4, { learningRate: 0 }),
    adamwCase([67], 4, { weightDecay: 0.5, learningRate: 0.5 }),
    adamwCase([20000], 7, { weightDecay: 0 }),
    adamwCase([5, 0, 1030, 17], 3),
    adamwCase([2048, 3, 40, 1024], 2, { grad: (tensor) => tensor !== 2 }),
    adamwCase(
      Array.from({ length: 32 }, (_, i) => 3 * i),
      5,
    ),
  ],
  bench: [
    adamwCase([1_744_000], 7),
    adamwCase(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? 128 : 128 * 768)),
      7,
    ),
  ],
  tolerance: { float32: 2e-6, bfloat16Roundings: 2 },
  reference: step,
}

/** adamw. */
export const specs: readonly KernelSpec[] = [spec]
