import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type MstaOptions, mstaTensorShapes, resolveMstaConfig } from '../../lib/adapters/msta/config.js'
import { MSTA } from '../../lib/adapters/msta/msta.js'
import { readAll, readHeader, type TensorToWrite, writeSafetensors } from '../../lib/formats/safetensors.js'
import { ViClipModel } from '../../lib/models/viclip/model.js'
import type { ViClipConfig } from '../../lib/models/viclip/sizes.js'
import { kaimingNormalDeviation } from '../../lib/nn/init.js'
import { scope } from '../../lib/tensor/scope.js'
import type { Ids, Video } from '../../lib/tensor/shape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { testDevice } from '../support/device.js'
import { hasCode, rejection } from '../support/errors.js'
import { seededRandom } from '../support/random.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'

const adapters = suite('MSTA')
const test = noLeaks(adapters)
const device = testDevice()
const { folder, remove } = makeFolder()
const CONFIG: ViClipConfig = {
  video: { resolution: 8, patchSize: 4, frames: 3, width: 24, layers: 3, heads: 3 },
  text: { width: 20, layers: 2, heads: 2, contextLength: 8, vocabularySize: 40 },
  embedDim: 9,
}
const VIDEO: Video = [2, 3, 3, 8, 8]
const random = seededRandom(8)
const clips = Float32Array.from({ length: 2 * 3 * 3 * 64 }, () => 2 * random() - 1)
const IDS = { data: [30, 4, 7, 39, 30, 5, 39, 0], shape: [2, 4] as Ids }
let model: ViClipModel
let frozen: { video: Float32Array; text: Float32Array }

async function features(adapter: MSTA | null): Promise<{ video: Float32Array; text: Float32Array }> {
  const tensors = scope(() => ({
    video: model.encodeVideo(Tensor.from(device, clips, VIDEO), adapter),
    text: model.encodeText(IDS, adapter),
  }))
  const [video, text] = await Promise.all([tensors.video.data(), tensors.text.data()])
  tensors.video.dispose()
  tensors.text.dispose()
  return { video, text }
}

async function using<T>(
  options: MstaOptions & { seed?: number },
  body: (adapter: MSTA) => Promise<T> | T,
): Promise<T> {
  const adapter = MSTA.attach(model, options)
  try {
    return await body(adapter)
  } finally {
    adapter.dispose()
  }
}

const namesOf = (adapter: MSTA) => [...adapter.parameters.entries()].map(([name]) => name)

async function dataOf(adapter: MSTA): Promise<Record<string, Float32Array>> {
  return Object.fromEntries([...(await adapter.parameters.values())].map(([name, { data }]) => [name, data]))
}

adapters.before(async () => {
  model = ViClipModel.random(device, CONFIG, 21)
  frozen = await features(null)
})
adapters.after(() => {
  model.dispose()
  remove()
})

test('initial weights are Kaiming normal by fan out, biases zero, by seed', () =>
  using({ dim: 96, layers: '1-3', seed: 4 }, async (adapter) => {
    const values = await dataOf(adapter)
    for (const [name, tensor] of adapter.parameters.entries()) {
      assert.ok(tensor.requiresGrad, name)
      const data = values[name]!
      if (name.endsWith('.bias')) {
        assert.ok(
          data.every((value) => value === 0),
          name,
        )
        continue
      }
      const expected = kaimingNormalDeviation(tensor.shape)
      const mean = data.reduce((sum, x) => sum + x, 0) / data.length
      const deviation = Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length)
      // Five standard errors.
      const slack = (5 * expected) / Math.sqrt(data.length)
      assert.ok(Math.abs(mean) < slack, `${name}: mean ${mean}`)
      assert.ok(Math.abs(deviation - expected) < slack, `${name}: deviation ${deviation}, not ${expected}`)
    }
    assert.not.equal(values['video.0.down.weight'], values['video.1.down.weight'], 'two blocks draw the same')
    await using({ dim: 96, layers: '1-3', seed: 4 }, async (same) => assert.equal(await dataOf(same), values))
    await using({ dim: 96, layers: '1-3', seed: 5 }, async (other) => {
      for (const [name, data] of Object.entries(await dataOf(other)))
        if (name.endsWith('.weight')) assert.not.equal(data, values[name], name)
    })
  }))

test('fans are those of PyTorch: r for D and S, W for U, W * k for V', () => {
  assert.is(kaimingNormalDeviation([128, 768]), Math.sqrt(2 / 128))
  assert.is(kaimingNormalDeviation([768, 128]), Math.sqrt(2 / 768))
  assert.is(kaimingNormalDeviation([768, 1, 3, 1, 1]), Math.sqrt(2 / (768 * 3)))
})

const SWITCHES: [string, MstaOptions, { video: boolean; text: boolean }][] = [
  ['everything', {}, { video: true, text: true }],
  ['only video', { text: false }, { video: true, text: false }],
  ['only text', { video: false, layers: '1-2' }, { video: false, text: true }],
  ['no shared projection', { shared: false }, { video: true, text: true }],
  ['no temporal path', { temporal: 'none' }, { video: true, text: true }],
  ['a depth-wise temporal path', { temporal: 'depthwise' }, { video: true, text: true }],
  ['a kernel of 5', { temporalKernel: 5 }, { video: true, text: true }],
  ['r = 6, which divides no width', { dim: 6 }, { video: true, text: true }],
  ['r wider than the model', { dim: 48 }, { video: true, text: true }],
  ['the first block', { layers: [1, 1] }, { video: true, text: true }],
  ['blocks as text', { layers: '1-2' }, { video: true, text: true }],
  ['a list of blocks', { layers: { blocks: [3, 1] } }, { video: true, text: true }],
  ['a block that only the video encoder has', { layers: '3' }, { video: true, text: false }],
]

for (const [name, options, changed] of SWITCHES) {
  test(`${name}: the specified tensors, and only the adapted encoders' features change`, () =>
    using({ dim: 8, layers: '1-3', alpha: 0.5, ...options }, async (adapter) => {
      const shapes = [...adapter.parameters.entries()].map(([own, tensor]) => [own, [...tensor.shape]])
      const config = resolveMstaConfig({ dim: 8, layers: '1-3', alpha: 0.5, ...options }, CONFIG)
      assert.equal(shapes, [...mstaTensorShapes(config, CONFIG)])
      assert.is(
        adapter.parameters.count,
        [...adapter.parameters.entries()].reduce((sum, [, { size }]) => sum + size, 0),
      )
      const { video, text } = await features(adapter)
      for (const values of [video, text]) assert.ok(values.every(Number.isFinite))
      assert.is(changed.video, String(video) !== String(frozen.video), 'video features')
      assert.is(changed.text, String(text) !== String(frozen.text), 'text features')
    }))
}

test('each part of the adapter reaches the features', () =>
  using({ dim: 8, layers: '1-3', alpha: 0.5, seed: 1 }, async (adapter) => {
    const before = await features(adapter)
    for (const [name, tensor] of adapter.parameters.entries()) {
      // Nobody reads but CLS after the last block, and CLS has no temporal term.
      const isUnread = name.startsWith('video.2.temporal')
      const old = await tensor.data()
      tensor.set(old.map((value) => value + 0.5))
      const after = await features(adapter)
      const reaches = (encoder: 'video' | 'text') => String(after[encoder]) !== String(before[encoder])
      const isOfVideo = !name.startsWith('text.')
      const isOfText =
        name.startsWith('text.') || (name.startsWith('shared.') && !name.startsWith('shared.2'))
      assert.equal([reaches('video'), reaches('text')], [isOfVideo && !isUnread, isOfText], name)
      tensor.set(old)
    }
    assert.equal(await features(adapter), before)
  }))

test('an adapter of zeros, or with alpha 0, leaves the features as they are', async () => {
  await using({ dim: 8, layers: '1-3', alpha: 0.5 }, async (adapter) => {
    for (const [, tensor] of adapter.parameters.entries()) tensor.set(new Float32Array(tensor.size))
    assert.equal(await features(adapter), frozen)
  })
  await using({ dim: 8, layers: '1-3', alpha: 0 }, async (adapter) =>
    assert.equal(await features(adapter), frozen),
  )
})

test('dropout draws in training only, by seed and step', () =>
  using({ dim: 8, layers: '1-3', alpha: 0.5, dropout: 0.5 }, async (adapter) => {
    const calm = await features(adapter)
    const under = async (seed: number, step: number) => {
      adapter.setTraining({ seed, step })
      return features(adapter)
    }
    const first = await under(3, 7)
    assert.equal(await under(3, 7), first)
    for (const other of [await under(3, 8), await under(4, 7), calm]) {
      assert.not.equal(other.video, first.video)
      assert.not.equal(other.text, first.text)
    }
    adapter.setTraining(null)
    assert.equal(await features(adapter), calm)
  }))

test('without dropout training is no different', () =>
  using({ dim: 8, layers: '1-3', alpha: 0.5, dropout: 0 }, async (adapter) => {
    const calm = await features(adapter)
    adapter.setTraining({ seed: 3, step: 7 })
    assert.equal(await features(adapter), calm)
  }))

const file = path.join(folder, 'adapter.safetensors')
const OPTIONS: MstaOptions = {
  dim: 6,
  layers: { blocks: [1, 3] },
  alpha: 0.25,
  dropout: 0.2,
  temporal: 'depthwise',
}

test('what is saved is loaded: values, settings and features', () =>
  using({ ...OPTIONS, seed: 9 }, async (adapter) => {
    await adapter.save(file)
    const loaded = await MSTA.load(model, file)
    assert.equal(namesOf(loaded), namesOf(adapter))
    assert.equal(await dataOf(loaded), await dataOf(adapter))
    assert.equal(loaded.settings(), adapter.settings())
    assert.equal(await features(loaded), await features(adapter))
    assert.ok([...loaded.parameters.entries()].every(([, tensor]) => tensor.requiresGrad))
    loaded.dispose()
    const { metadata } = await readHeader(file)
    assert.equal([metadata.format, metadata.version, metadata.method], ['msta-native adapter', '1', 'msta'])
  }))

async function altered(
  change: (tensors: Map<string, TensorToWrite>, metadata: Record<string, string>) => unknown,
): Promise<string> {
  const target = path.join(folder, 'altered.safetensors')
  const { metadata } = await readHeader(file)
  const { tensors } = await readAll(file)
  const given = new Map<string, TensorToWrite>(
    [...tensors].map(([name, { shape, data }]) => [
      name,
      { dtype: 'F32', shape, data: data as Float32Array },
    ]),
  )
  const changed = { ...metadata } as Record<string, string>
  change(given, changed)
  await writeSafetensors(target, given, changed)
  return target
}

test('files that do not belong to the model are refused with the reason', async () => {
  const one = { dtype: 'F32', shape: [1], data: Float32Array.of(1) } as const
  const refused: [string, Parameters<typeof altered>[0]][] = [
    ['a lora adapter where msta is expected', (_, metadata) => Object.assign(metadata, { method: 'lora' })],
    ['newer version (format 2', (_, metadata) => Object.assign(metadata, { version: '2' })],
    [
      'another model',
      (_, metadata) => Object.assign(metadata, { model: JSON.stringify({ ...CONFIG, embedDim: 10 }) }),
    ],
    ['not an adapter of msta-native', (_, metadata) => Object.assign(metadata, { format: 'something' })],
    ['; missing: video.0.up.bias', (tensors) => tensors.delete('video.0.up.bias')],
    ['; unexpected: more', (tensors) => tensors.set('more', one)],
    ['; mis-shaped: text.0.up.bias [1] instead of [20]', (tensors) => tensors.set('text.0.up.bias', one)],
    [
      '; missing: video.0.down.bias, video.0.up.bias; unexpected: more; mis-shaped: text.0.up.bias [1] instead of [20]',
      (tensors) => {
        for (const name of ['video.0.down.bias', 'video.0.up.bias']) tensors.delete(name)
        for (const name of ['more', 'text.0.up.bias']) tensors.set(name, one)
      },
    ],
    [
      'do not fit this model: Adapter: dim',
      (_, metadata) => Object.assign(metadata, { settings: '{"dim":-1,"layers":[1]}' }),
    ],
  ]
  for (const [reason, change] of refused) {
    const target = await altered(change)
    assert.ok(hasCode('ERR_CHECKPOINT', target, reason)(await rejection(MSTA.load(model, target))), reason)
  }
  const broken = await altered((_, metadata) => Object.assign(metadata, { settings: '{' }))
  assert.ok(hasCode('ERR_FORMAT', broken)(await rejection(MSTA.load(model, broken))))
  const nowhere = path.join(folder, 'nowhere.safetensors')
  assert.ok(hasCode('ERR_FILE', nowhere)(await rejection(MSTA.load(model, nowhere))))
})

test('impossible settings are refused', () => {
  const wrong: Record<string, MstaOptions> = {
    dim: { dim: 0 },
    dropout: { dropout: 1 },
    alpha: { alpha: Number.NaN },
    layers: { layers: [2, 4] },
    text: { text: false, video: false },
    temporalKernel: { temporalKernel: 2 },
    nonsense: { nonsense: 1 } as MstaOptions,
  }
  for (const [field, options] of Object.entries(wrong))
    assert.throws(() => MSTA.attach(model, options), hasCode('ERR_ARGUMENT', field))
})

adapters.run()
