import type { KernelCase, KernelSpec } from '../spec.js'

type Shape = { count: number }
type ForwardShape = Shape & { squares: number }

function forwardCase(count: number, squares = 0): KernelCase {
  return {
    name: squares ? `${count} squares` : `${count}`,
    numbers: { count, squares } satisfies ForwardShape,
    operands: [
      { name: 'x', role: 'in', dtype: 'float32', shape: [count], fill: { normal: 1, mean: 1 } },
      { name: 'out', role: 'out', dtype: 'float32', shape: [1] },
    ],
    flops: count,
  }
}

function backwardCase(count: number): KernelCase {
  return {
    name: `${count}`,
    numbers: { count } satisfies Shape,
    operands: [
      { name: 'x', role: 'aside', dtype: 'float32', shape: [count], fill: { normal: 1 } },
      { name: 'grad', role: 'in', dtype: 'float32', shape: [1], fill: { values: [0.7] } },
      { name: 'grad_x', role: 'out', dtype: 'float32', shape: [count] },
    ],
    flops: count,
  }
}

const counts = [1, 3, 17, 33, 65, 1000, 10007]

const meanOf = (x: Float64Array, count: number) => x.reduce((sum, value) => sum + value, 0) / count

const forwardSpec: KernelSpec<ForwardShape, { x: Float64Array }> = {
  kernel: 'reduce_mean_forward',
  cases: counts.flatMap((count) => [forwardCase(count), forwardCase(count, 1)]),
  bench: [forwardCase(400), forwardCase(256 * 768, 1)],
  tolerance: { float32: 2e-6, bfloat16Roundings: 2 },
  reference: ({ x }, { count, squares }) => ({
    out: Float64Array.of(meanOf(squares ? x.map((value) => value * value) : x, count)),
  }),
}

const backwardSpec: KernelSpec<Shape, { x: Float64Array; grad: Float64Array }> = {
  kernel: 'reduce_mean_backward',
  cases: [...counts, 0].map(backwardCase),
  bench: [backwardCase(400)],
  tolerance: { float32: 2e-6, bfloat16Roundings: 2 },
  reference: ({ grad }, { count }) => ({ grad_x: new Float64Array(count).fill(grad[0]! / count) }),
  gradients: {
    objective: ({ x, grad }, { count }) => grad[0]! * meanOf(x, count),
    of: { grad_x: 'x' },
  },
}

/** reduce_mean_forward and reduce_mean_backward. */
export const specs: readonly KernelSpec[] = [forwardSpec, backwardSpec]
