// @env MSTA_KERNELS=avx512_bf16,avx512,avx2,portable

/** The frozen half of a block, in pieces and computed again in backward, beside its layers one after the other. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { frozenMlp } from '../../lib/nn/frozen-mlp.js'
import { LayerNorm } from '../../lib/nn/layer-norm.js'
import { Linear } from '../../lib/nn/linear.js'
import { storageType } from '../../lib/nn/model-dtype.js'
import { combine } from '../../lib/tensor/ops/combine.js'
import { scope } from '../../lib/tensor/scope.js'
import type { Tokens } from '../../lib/tensor/shape.js'
import { Tape } from '../../lib/tensor/tape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { targetDevice } from '../support/device.js'
import { seededRandom } from '../support/random.js'
import { skipUnless } from '../support/skip.js'
import { noLeaks } from '../tensor/no-leaks.js'

const mlps = suite(`frozen MLP (${process.env.MSTA_KERNELS ?? 'cpu'})`)
const found = targetDevice()
const test = typeof found === 'string' ? skipUnless(mlps, false, found) : noLeaks(mlps)
const device = found as Exclude<typeof found, string>
const WIDTH = 24

for (const packing of ['float32', 'bfloat16', 'int8'] as const)
  for (const [batch, tokens] of [
    [1, 1],
    [3, 7],
    [1, 1100],
    [2, 1103],
  ] as const)
    test(`${packing}, ${batch} of ${tokens}: the same bits, forward and backward`, async () => {
      const random = seededRandom(tokens)
      const storage = storageType(packing)
      const made: Tensor[] = []
      const values = (shape: readonly number[], dtype = storage) => {
        const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => 2 * random() - 1)
        const tensor = Tensor.from(device, data, shape, dtype).keep()
        made.push(tensor)
        return tensor
      }
      const linear = (out: number, features: number) =>
        new Linear(values([out, features]), values([out]), packing)
      const [up, down] = [linear(4 * WIDTH, WIDTH), linear(WIDTH, 4 * WIDTH)]
      const norm = new LayerNorm((_, shape) => values(shape), WIDTH)
      const x = values([batch, tokens, WIDTH], 'float32') as Tensor<Tokens>
      x.requiresGrad = true
      const layers = () => {
        const hidden = up.forward(norm.forward(x, storage), { activation: 'quickGelu' })
        return down.forward(hidden, { residual: x })
      }
      const weights = values([batch, tokens, WIDTH], 'float32')
      const differentiate = async (forward: () => Tensor) => {
        const tape = new Tape()
        const out = tape.watch(() => scope(forward)).keep()
        const grad = combine([weights], [1])
        const gradients = tape.backwardFrom(out, grad, [x])
        const both = [await out.data(), await gradients.get(x)!.data()]
        gradients.dispose()
        out.dispose()
        return both
      }
      assert.equal(
        await differentiate(() => frozenMlp(x, { norm, up, down, storage })),
        await differentiate(layers),
      )
      for (const each of [up, down]) each.forgetPacked()
      for (const tensor of made) tensor.dispose()
    })

mlps.run()
