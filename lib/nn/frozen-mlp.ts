import type { DType } from '../runtime/binding.js'
import { combine } from '../tensor/ops/combine.js'
import { isTracked, record } from '../tensor/record.js'
import { scope } from '../tensor/scope.js'
import { type Matrix, sizeOf, type Tokens } from '../tensor/shape.js'
import { Tape } from '../tensor/tape.js'
import { Tensor } from '../tensor/tensor.js'
import type { LayerNorm } from './layer-norm.js'
import type { Linear } from './linear.js'

/** The second half of a transformer block. */
export interface Mlp {
  norm: LayerNorm
  up: Linear
  down: Linear
  /** Storage type of what lies between the layers. */
  storage: DType
}

/** Rows at once: enough for the matrix kernels, and few enough that the wide hidden layer of them takes little memory. */
const MOST_ROWS = 1100

/**
 * x + down(quickGelu(up(norm(x)))) where nothing of it trains: a piece of the rows at a time, and a backward that
 * computes the hidden layer again rather than to keep it. The same bits as the layers one after the other.
 */
export function frozenMlp(x: Tensor<Tokens>, mlp: Mlp): Tensor<Tokens> {
  const width = x.shape[2]
  const out = Tensor.empty(x.device, x.shape, x.dtype)
  for (const piece of piecesOf(x)) {
    scope(() => {
      const input = x.slice(...piece)
      const hidden = mlp.up.forward(mlp.norm.forward(input, mlp.storage), { activation: 'quickGelu' })
      mlp.down.forward(hidden, { residual: input, out: out.slice(...piece) })
    })
  }
  record('frozen_mlp', [x], [out], { x: isTracked(x) ? x : null }, (saved, [grad]) => {
    const gradX = Tensor.empty(x.device, x.shape, x.dtype)
    for (const [first, shape] of piecesOf(saved.x!))
      scope(() => {
        const input = saved.x!.slice(first, shape)
        input.requiresGrad = true
        const tape = new Tape()
        try {
          const hidden = tape.watch(() =>
            mlp.up.forward(mlp.norm.forward(input, mlp.storage), { activation: 'quickGelu' }),
          )
          const gradOut = grad!.slice(first, shape)
          const inner = tape.backwardFrom(hidden, mlp.down.gradX(gradOut, mlp.storage), [input])
          combine([gradOut, inner.get(input)!], [1, 1], { out: gradX.slice(first, shape) })
          inner.dispose()
        } finally {
          tape.dispose()
        }
      })
    return [gradX]
  })
  return out

  function piecesOf(tensor: Tensor<Tokens>): [number, Matrix][] {
    const rows = sizeOf(tensor.shape) / width
    const most = Math.ceil(rows / Math.ceil(rows / MOST_ROWS))
    const pieces: [number, Matrix][] = []
    for (let row = 0; row < rows; row += most)
      pieces.push([row * width, [Math.min(most, rows - row), width] as Matrix])
    return pieces
  }
}
