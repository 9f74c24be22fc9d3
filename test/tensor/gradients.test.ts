/** Every differentiable operation, through the tape. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type AttentionOptions, attention } from '../../lib/tensor/ops/attention.js'
import { cast, combine } from '../../lib/tensor/ops/combine.js'
import { cosine, pairedCosine } from '../../lib/tensor/ops/cosine.js'
import { softmaxCrossEntropy } from '../../lib/tensor/ops/cross-entropy.js'
import { gatherRows } from '../../lib/tensor/ops/gather-rows.js'
import { layerNorm } from '../../lib/tensor/ops/layer-norm.js'
import { type Activation, linear } from '../../lib/tensor/ops/linear.js'
import { mean } from '../../lib/tensor/ops/mean.js'
import { mstaAdapter } from '../../lib/tensor/ops/msta-adapter.js'
import { patchEmbed } from '../../lib/tensor/ops/patch-embed.js'
import { project } from '../../lib/tensor/ops/project.js'
import { reshape } from '../../lib/tensor/ops/reshape.js'
import { spreadRows } from '../../lib/tensor/ops/spread-rows.js'
import { temporalConv } from '../../lib/tensor/ops/temporal-conv.js'
import { tokenEmbed } from '../../lib/tensor/ops/token-embed.js'
import { scope } from '../../lib/tensor/scope.js'
import type { Ids, Matrix, Shape, Tokens, Vector, Video } from '../../lib/tensor/shape.js'
import { Tape } from '../../lib/tensor/tape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { checkThroughTape, device, numbers, smoothLoss } from './finite-differences.js'

const gradients = suite('gradients through the tape')

const as = <S extends Shape>(tensor: Tensor) => tensor as unknown as Tensor<S>
const constant = (shape: Shape, seed: number) =>
  Tensor.from(
    device,
    numbers(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    shape,
  )

for (const activation of ['none', 'quickGelu', 'relu'] as Activation[]) {
  gradients(`linear, ${activation}, with bias and residual`, () =>
    checkThroughTape(
      { x: [2, 2, 3], weight: [4, 3], bias: [4], residual: [2, 2, 4] },
      ({ x, weight, bias, residual }) => linear(x, weight, { bias, residual, activation }),
      { seed: activation === 'relu' ? 4 : 1 },
    ),
  )
}

gradients('linear of which only one part is trained', async () => {
  const weight = () => constant([4, 3], 7)
  await checkThroughTape({ x: [3, 3] }, ({ x }) => linear(x, weight(), { activation: 'quickGelu' }))
  await checkThroughTape({ weight: [4, 3] }, (t) => linear(constant([3, 3], 8), t.weight))
  await checkThroughTape({ bias: [4] }, ({ bias }) => linear(constant([3, 3], 8), weight(), { bias }))
  await checkThroughTape({ residual: [3, 4] }, ({ residual }) =>
    linear(constant([3, 3], 8), weight(), { residual }),
  )
})

gradients('linear whose x is made again from what it came from', async () => {
  const remake = (from: Tensor) => combine([from], [2])
  await checkThroughTape({ from: [3, 3], weight: [4, 3] }, ({ from, weight }) =>
    linear(remake(from), weight, { remakeX: { from, remake } }),
  )
})

gradients('layer norm', () =>
  checkThroughTape({ x: [3, 5], weight: [5], bias: [5] }, ({ x, weight, bias }) =>
    layerNorm(x, weight, bias),
  ),
)

/** Seven tokens. */
const GROUPS = [
  { sequences: 2, tokens: 2 },
  { sequences: 1, tokens: 3 },
]

/** Attention, and the gradient of the sum of all it gives. */
async function attentionAndGradient(
  values: Float32Array,
  shape: readonly number[],
  options: Omit<AttentionOptions, 'heads'>,
) {
  const qkv = Tensor.from(device, values, shape as Tokens)
  qkv.requiresGrad = true
  const tape = new Tape()
  const { out, loss } = tape.watch(() =>
    scope(() => {
      const out = attention(qkv, { heads: 2, ...options })
      return { out, loss: combine([mean(out)], [out.size]) }
    }),
  )
  const found = tape.backward(loss, [qkv])
  const result = { out: await out.data(), gradient: await found.get(qkv)!.data() }
  found.dispose()
  for (const tensor of [qkv, out, loss]) tensor.dispose()
  return result
}

for (const [name, options] of Object.entries({
  full: {},
  causal: { causal: true },
  'first query only': { firstQueryOnly: true },
})) {
  gradients(`attention, ${name}`, () =>
    checkThroughTape({ qkv: [2, 3, 12] }, ({ qkv }) => attention(as<Tokens>(qkv), { heads: 2, ...options })),
  )
}

for (const options of [{}, { causal: true }, { firstQueryOnly: true }]) {
  gradients(`attention of sequences of several lengths, ${JSON.stringify(options)}`, () =>
    checkThroughTape({ qkv: [1, 7, 12] }, ({ qkv }) =>
      attention(as<Tokens>(qkv), { heads: 2, groups: GROUPS, ...options }),
    ),
  )

  gradients(
    `sequences of several lengths are those of one length each, ${JSON.stringify(options)}`,
    async () => {
      const values = numbers(7 * 12, 3)
      const together = await attentionAndGradient(values, [1, 7, 12], { groups: GROUPS, ...options })
      const alone = [
        await attentionAndGradient(values.slice(0, 4 * 12), [2, 2, 12], options),
        await attentionAndGradient(values.slice(4 * 12), [1, 3, 12], options),
      ]
      for (const part of ['out', 'gradient'] as const)
        assert.equal(
          [...together[part]],
          alone.flatMap((each) => [...each[part]]),
          part,
        )
    },
  )
}

gradients('cosine, scaled and of pairs', async () => {
  await checkThroughTape({ a: [2, 4], b: [3, 4] }, ({ a, b }) => cosine(a, b, 2.5))
  await checkThroughTape({ a: [3, 4], b: [3, 4] }, ({ a, b }) =>
    reshape(pairedCosine(a, b), [1, 3] as Matrix),
  )
})

gradients('cosine with a constant side', async () => {
  await checkThroughTape({ a: [2, 4] }, ({ a }) => cosine(a, constant([3, 4], 5)))
  await checkThroughTape({ b: [3, 4] }, ({ b }) => cosine(constant([2, 4], 5), b))
})

gradients('cross-entropy scaled by what comes after it', () =>
  checkThroughTape({ logits: [3, 4] }, ({ logits }) => {
    const labels = Tensor.from(device, [3, 0, 0], [3] as Vector, 'int32')
    const loss = softmaxCrossEntropy(as<Matrix>(logits), labels)
    return reshape(combine([loss], [1.5]), [1, 1])
  }),
)

gradients('gather, rows repeated and left out', () =>
  checkThroughTape({ x: [2, 3, 4] }, ({ x }) => gatherRows(x, [4, 0, 4, 5])),
)

gradients('spread, to rows of which one gets two and one none', async () => {
  await checkThroughTape({ x: [3, 4] }, ({ x }) => spreadRows(x, [3, 0, 3], 5))
  const [x, spread] = scope(() => {
    const x = constant([3, 2], 5)
    return [x, spreadRows(x, [3, 0, 3], 4)]
  })
  const [a, b, c, d, e, f] = await x.data()
  assert.equal([...(await spread.data())], [c, d, 0, 0, 0, 0, Math.fround(a! + e!), Math.fround(b! + f!)])
  for (const tensor of [x, spread]) tensor.dispose()
})

gradients('mean', () => checkThroughTape({ x: [2, 5] }, ({ x }) => reshape(mean(x), [1, 1])))

gradients('projection', async () => {
  await checkThroughTape({ x: [3, 4], projection: [4, 2] }, ({ x, projection }) => project(x, projection))
  await checkThroughTape({ projection: [4, 2] }, (t) => project(constant([3, 4], 6), t.projection))
  await checkThroughTape({ x: [3, 4] }, ({ x }) => project(x, constant([4, 2], 6)))
})

gradients('reshape there and back', () =>
  checkThroughTape({ x: [2, 6] }, ({ x }) => {
    const folded = reshape(x, [3, 4] as Matrix)
    return combine([reshape(folded, [4, 3]), reshape(folded, [4, 3])], [1, 0.5])
  }),
)

gradients('patch embedding', () =>
  checkThroughTape(
    { weight: [3, 3, 1, 2, 2], cls: [3], position: [5, 3], temporal: [2, 3] },
    ({ weight, cls, position, temporal }) =>
      patchEmbed(constant([2, 3, 2, 4, 4], 4) as unknown as Tensor<Video>, {
        weight,
        cls,
        position,
        temporal,
      }),
  ),
)

gradients('token embedding, ids repeated and a position unused', () =>
  checkThroughTape({ table: [5, 3], position: [4, 3] }, ({ table, position }) => {
    const ids = Tensor.from(device, [1, 4, 1, 0, 4, 4], [2, 3] as Ids, 'int32')
    return tokenEmbed(ids, table, position)
  }),
)

const adapterShapes = {
  h: [1, 3, 4],
  residual: [1, 3, 4],
  downWeight: [3, 4],
  downBias: [3],
  sharedWeight: [3, 3],
  sharedBias: [3],
  upWeight: [4, 3],
  upBias: [4],
}

gradients('the adapter, with and without its shared projection', async () => {
  const { sharedWeight, sharedBias, ...bare } = adapterShapes
  await checkThroughTape(
    { ...bare, sharedWeight, sharedBias },
    (t) =>
      mstaAdapter(t.h, t.residual, {
        down: { weight: t.downWeight, bias: t.downBias },
        shared: { weight: t.sharedWeight, bias: t.sharedBias },
        up: { weight: t.upWeight, bias: t.upBias },
        alpha: 0.8,
      }).out,
    { seed: 3 },
  )
  await checkThroughTape(
    bare,
    (t) =>
      mstaAdapter(t.h, t.residual, {
        down: { weight: t.downWeight, bias: t.downBias },
        up: { weight: t.upWeight, bias: t.upBias },
        alpha: 0.8,
      }).out,
    { seed: 5 },
  )
})

gradients('the adapter of which only the inner path is read on, and both together', async () => {
  const { upWeight: _, upBias: __, residual: ___, ...inner } = adapterShapes
  const options = (t: Record<keyof typeof inner, Tensor>) => ({
    down: { weight: t.downWeight, bias: t.downBias },
    shared: { weight: t.sharedWeight, bias: t.sharedBias },
    up: { weight: constant([4, 3], 12), bias: constant([4], 13) },
    alpha: 0.8,
  })
  const residual = () => constant([1, 3, 4], 14)
  await checkThroughTape(inner, (t) => mstaAdapter(t.h, residual(), options(t)).z, { seed: 6 })
  await checkThroughTape(
    inner,
    (t) => {
      const { out, z } = mstaAdapter(t.h, residual(), options(t))
      return combine([project(out, constant([4, 3], 15)), reshape(z, [3, 3] as Matrix)], [1, 1])
    },
    { seed: 6 },
  )
})

gradients('the adapter with its temporal convolution, of which out, z, or both are read on', async () => {
  const shapes = {
    ...adapterShapes,
    h: [2, 7, 4],
    residual: [2, 7, 4],
    downWeight: [2, 4],
    downBias: [2],
    sharedWeight: [2, 2],
    sharedBias: [2],
    upWeight: [4, 2],
    temporalWeight: [4, 1, 3, 1, 1],
    temporalBias: [4],
  }
  const run = (t: Record<keyof typeof shapes, Tensor>) =>
    mstaAdapter(t.h, t.residual, {
      down: { weight: t.downWeight, bias: t.downBias },
      shared: { weight: t.sharedWeight, bias: t.sharedBias },
      up: { weight: t.upWeight, bias: t.upBias },
      temporal: { weight: t.temporalWeight, bias: t.temporalBias, frames: 3, groups: 2 },
      alpha: 0.8,
    })
  await checkThroughTape(shapes, (t) => run(t).out, { seed: 3 })
  await checkThroughTape(
    shapes,
    (t) => {
      const { out, z } = run(t)
      return combine([project(out, constant([4, 2], 15)), reshape(z, [14, 2] as Matrix)], [1, 1])
    },
    { seed: 3 },
  )
})

gradients('the adapter under dropout: the mask is that of the forward', () =>
  checkThroughTape(
    { residual: [1, 6, 4], upWeight: [4, 8], upBias: [4], downBias: [8] },
    (t) =>
      mstaAdapter(constant([1, 6, 4], 3), t.residual, {
        down: { weight: constant([8, 4], 4), bias: t.downBias },
        up: { weight: t.upWeight, bias: t.upBias },
        alpha: 0.5,
        dropout: 0.4,
        seed: 9,
        stream: 5,
      }).out,
    { seed: 6 },
  ),
)

gradients('temporal convolution, grouped and depth-wise', async () => {
  const run = (groups: number, channels: number) =>
    checkThroughTape(
      { z: [2, 7, channels], residual: [2, 7, 4], weight: [4, channels / groups, 3, 1, 1], bias: [4] },
      (t) =>
        temporalConv(as<Tokens>(t.z), as<Tokens>(t.residual), {
          weight: t.weight,
          bias: t.bias,
          frames: 3,
          groups,
          alpha: 0.7,
        }),
    )
  await run(2, 6)
  await run(4, 4)
})

gradients('combine of weighted terms, one of them twice', () =>
  checkThroughTape({ x: [2, 3], y: [2, 3] }, ({ x, y }) => combine([x, y, x], [0.5, -2, 3], { constant: 1 })),
)

gradients('a tensor used twice gets the sum, also along residuals that share their gradient', async () => {
  await checkThroughTape({ x: [3, 4] }, ({ x }) =>
    linear(x, as<Matrix>(constant([4, 4], 3)), { residual: x }),
  )
  await checkThroughTape({ x: [2, 4], first: [4, 4], second: [4, 4] }, ({ x, first, second }) => {
    const middle = linear(x, first, { residual: x, activation: 'quickGelu' })
    const last = linear(middle, second, { residual: middle })
    return combine([last, x, middle], [1, 1, 0.5])
  })
  await checkThroughTape({ x: [4, 4] }, ({ x }) => linear(x, x, { residual: x }))
})

gradients('each term of a combination gets a gradient of its own storage type', async () => {
  const level = device.memory().active
  const x = constant([2, 3], 1)
  const y = Tensor.from(device, numbers(6, 2), [2, 3], 'bfloat16')
  for (const tensor of [x, y]) tensor.requiresGrad = true
  const tape = new Tape()
  const loss = tape.watch(() => scope(() => smoothLoss(combine([x, y], [2, -3]))))
  const found = tape.backward(loss, [x, y])
  const [gradX, gradY] = [found.get(x)!, found.get(y)!]
  assert.equal([gradX.dtype, gradY.dtype], ['float32', 'bfloat16'])
  const [forX, forY] = [await gradX.data(), await gradY.data()]
  for (const [i, value] of forX.entries()) {
    assert.ok(Math.abs(value) > 1e-6)
    assert.ok(Math.abs(forY[i]! - -1.5 * value) <= Math.abs(value) * 1.5 * 2 ** -8, `${forY[i]} for ${value}`)
  }
  found.dispose()
  for (const tensor of [x, y, loss]) tensor.dispose()
  assert.is(device.memory().active, level)
})

gradients('a cast takes its gradient back to the type it came from', async () => {
  const x = Tensor.from(device, numbers(6, 2), [2, 3], 'bfloat16')
  x.requiresGrad = true
  const tape = new Tape()
  const loss = tape.watch(() => scope(() => smoothLoss(cast(x, 'float32'))))
  const found = tape.backward(loss, [x])
  assert.is(found.get(x)!.dtype, 'bfloat16')
  found.dispose()
  for (const tensor of [x, loss]) tensor.dispose()
})

gradients.run()
