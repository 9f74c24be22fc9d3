/** Calls that cannot be right are refused when they are made, in one form: "[op] expected ...: name [shape]". */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MstaError } from '../../lib/runtime/errors.js'
import { attention } from '../../lib/tensor/ops/attention.js'
import { combine } from '../../lib/tensor/ops/combine.js'
import { cosine, pairedCosine } from '../../lib/tensor/ops/cosine.js'
import { softmaxCrossEntropy } from '../../lib/tensor/ops/cross-entropy.js'
import { layerNorm } from '../../lib/tensor/ops/layer-norm.js'
import { linear } from '../../lib/tensor/ops/linear.js'
import { mstaAdapter } from '../../lib/tensor/ops/msta-adapter.js'
import { patchEmbed } from '../../lib/tensor/ops/patch-embed.js'
import { project } from '../../lib/tensor/ops/project.js'
import { reshape } from '../../lib/tensor/ops/reshape.js'
import { spreadRows } from '../../lib/tensor/ops/spread-rows.js'
import { stack } from '../../lib/tensor/ops/stack.js'
import { temporalConv } from '../../lib/tensor/ops/temporal-conv.js'
import { tokenEmbed } from '../../lib/tensor/ops/token-embed.js'
import { cropClip, transformClip } from '../../lib/tensor/ops/video-transform.js'
import { scope } from '../../lib/tensor/scope.js'
import type { Shape } from '../../lib/tensor/shape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { testTransforms } from '../../lib/video/transforms.js'
import { testDevice } from '../support/device.js'
import { noLeaks } from './no-leaks.js'

const shapes = suite('shape errors')
const test = noLeaks(shapes)
const device = testDevice()
const t = <S extends Shape>(...shape: number[]): Tensor<S> =>
  Tensor.empty(device, shape) as unknown as Tensor<S>
const frames = (...shape: number[]) => Tensor.empty(device, shape, 'uint8')
const map = (out: number, features: number, bias = out) => ({ weight: t(out, features), bias: t(bias) })
const view = testTransforms(4, 4, { size: 4, crops: 1 })[0]!
const MEAN = { mean: [0, 0, 0], std: [1, 1, 1] }

/** What is called, the operation that must be named, and the shapes that must be shown. */
const WRONG: [string, () => unknown, ...string[]][] = [
  ['spread_rows', () => spreadRows(t(2, 3), [0, 1, 2], 4), 'x [3, width]', 'x [2, 3]'],
  ['linear', () => linear(t(2, 3), t(4, 5)), 'x [2, 3]', 'weight [4, 5]'],
  ['linear', () => linear(t(2, 3), t(4, 3, 1)), 'weight [4, 3, 1]'],
  ['linear', () => linear(t(2, 3), t(4, 3), { bias: t(3) }), 'expected bias [4]', 'bias [3]'],
  ['linear', () => linear(t(2, 3), t(4, 3), { residual: t(2, 3) }), 'expected residual [2, 4]', '[2, 3]'],
  ['layer_norm', () => layerNorm(t(2, 3), t(4), t(3)), 'expected weight [3]', 'weight [4]'],
  ['layer_norm', () => layerNorm(t(2, 3), t(3), t(2)), 'expected bias [3]', 'bias [2]'],
  ['attention', () => attention(t(2, 3, 8), { heads: 2 }), 'expected qkv', 'qkv [2, 3, 8]'],
  ['attention', () => attention(t(2, 12), { heads: 2 }), 'qkv [2, 12]'],
  [
    'attention',
    () => attention(t(1, 7, 12), { heads: 2, groups: [{ sequences: 2, tokens: 3 }] }),
    'the 6 tokens of its groups',
    'qkv [1, 7, 12]',
  ],
  ['stack', () => stack([]), 'expected tensors of one shape'],
  ['stack', () => stack([t(1, 2, 3), t(1, 2, 4)]), 'first [1, 2, 3]', 'other [1, 2, 4]'],
  ['part', () => t(2, 3).part(4, [3]), '3 elements from 4', 'tensor [2, 3]'],
  ['part', () => t(2, 3).part(-1, [3]), '3 elements from -1'],
  ['cosine', () => cosine(t(2, 3), t(2, 4)), 'expected', 'a [2, 3]', 'b [2, 4]'],
  ['cosine', () => cosine(t(6), t(2, 3)), 'a [6]'],
  ['cosine', () => pairedCosine(t(2, 3), t(3, 3)), 'expected two equal shapes', 'b [3, 3]'],
  ['softmax_cross_entropy', () => softmaxCrossEntropy(t(6), t(2)), 'expected logits', 'logits [6]'],
  ['softmax_cross_entropy', () => softmaxCrossEntropy(t(0, 6), t(0)), 'logits [0, 6]'],
  ['softmax_cross_entropy', () => softmaxCrossEntropy(t(2, 3), t(3)), 'expected labels [2]', '[3]'],
  ['project', () => project(t(2, 3), t(4, 5)), 'expected x', 'x [2, 3]', 'projection [4, 5]'],
  ['combine', () => combine([t(2, 3), t(2, 4)], [1, 1]), 'first [2, 3]', 'other [2, 4]'],
  ['reshape', () => reshape(t(2, 3), [5]), 'from [2, 3]', 'to [5]'],
  [
    'token_embed',
    () => tokenEmbed(t(2, 5), t(9, 4), t(4, 4)),
    'expected ids',
    'ids [2, 5]',
    'position [4, 4]',
  ],
  ['token_embed', () => tokenEmbed(t(2, 4), t(9, 4), t(4, 3)), 'table [9, 4]', 'position [4, 3]'],
  [
    'patch_embed',
    () =>
      patchEmbed(t(1, 3, 2, 5, 4), {
        weight: t(6, 3, 1, 2, 2),
        cls: t(6),
        position: t(5, 6),
        temporal: t(2, 6),
      }),
    'expected video',
    'video [1, 3, 2, 5, 4]',
  ],
  [
    'patch_embed',
    () =>
      patchEmbed(t(1, 3, 3, 4, 4), {
        weight: t(6, 3, 1, 2, 2),
        cls: t(6),
        position: t(5, 6),
        temporal: t(2, 6),
      }),
    'expected temporal [3, 6]',
    'temporal [2, 6]',
  ],
  [
    'msta_adapter',
    () => mstaAdapter(t(2, 4), t(2, 4), { down: map(3, 4), shared: map(2, 3, 3), up: map(4, 3), alpha: 1 }),
    'expected shared.weight [3, 3]',
    '[2, 3]',
  ],
  [
    'msta_adapter',
    () => mstaAdapter(t(2, 4), t(3, 4), { down: map(3, 4), up: map(4, 3), alpha: 1 }),
    'expected residual [2, 4]',
    '[3, 4]',
  ],
  [
    'msta_adapter',
    () =>
      mstaAdapter(t(1, 8, 4), t(1, 8, 4), {
        down: map(2, 4),
        up: map(4, 2),
        temporal: { weight: t(4, 1, 3, 1, 1), bias: t(4), frames: 3, groups: 2 },
        alpha: 1,
      }),
    'expected 1 + patches * 3 tokens',
    'h [1, 8, 4]',
  ],
  [
    'msta_adapter',
    () =>
      mstaAdapter(t(1, 7, 4), t(1, 7, 4), {
        down: map(2, 4),
        up: map(4, 2),
        temporal: { weight: t(4, 2, 3, 1, 1), bias: t(4), frames: 3, groups: 2 },
        alpha: 1,
      }),
    'expected temporal.weight [4, 1, 3, 1, 1]',
    '[4, 2, 3, 1, 1]',
  ],
  [
    'temporal_conv',
    () =>
      temporalConv(t(1, 8, 4), t(1, 8, 4), {
        weight: t(4, 2, 3, 1, 1),
        bias: t(4),
        frames: 3,
        groups: 2,
        alpha: 1,
      }),
    'expected 1 + patches * 3 tokens',
    'z [1, 8, 4]',
  ],
  [
    'temporal_conv',
    () =>
      temporalConv(t(1, 7, 4), t(1, 7, 4), {
        weight: t(4, 4, 3, 1, 1),
        bias: t(4),
        frames: 3,
        groups: 2,
        alpha: 1,
      }),
    'expected weight [4, 2, 3, 1, 1]',
    '[4, 4, 3, 1, 1]',
  ],
  [
    'video_transform',
    () => cropClip(frames(2, 4, 4, 1), view),
    'expected uint8 frames',
    'frames [2, 4, 4, 1]',
  ],
  ['video_transform', () => cropClip(t(2, 4, 4, 3), view), 'expected uint8 frames'],
  [
    'video_transform',
    () => transformClip(frames(2, 4, 4, 3), view, MEAN, t(1, 3, 2, 4, 4), 1),
    'view 1',
    'batch [1, 3, 2, 4, 4]',
  ],
  [
    'video_transform',
    () => transformClip(frames(3, 4, 4, 3), view, MEAN, t(1, 3, 2, 4, 4), 0),
    'frames [3, 4, 4, 3]',
  ],
]

for (const [i, [op, call, ...parts]] of WRONG.entries()) {
  test(`${op}, call ${i + 1}: ${parts.at(-1)}`, () => {
    let error: unknown
    try {
      scope(call)
    } catch (caught) {
      error = caught
    }
    assert.instance(error, MstaError, 'it was taken')
    const { code, message, shapes } = error as MstaError
    assert.is(code, 'ERR_SHAPE', message)
    for (const part of [`[${op}] `, ...parts]) assert.ok(message.includes(part), `${message} lacks ${part}`)
    assert.is((error as MstaError).op, op)
    assert.ok(Object.keys(shapes ?? {}).length > 0)
  })
}

shapes.run()
