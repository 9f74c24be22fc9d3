/** What holds for every method of tuning a model. */
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Adapter } from '../../lib/adapters/adapter.js'
import {
  type AdapterOptions,
  attachAdapter,
  loadAdapter,
  METHOD_NAMES,
  type MethodName,
  trainableCount,
} from '../../lib/adapters/methods.js'
import { readAll, readHeader, writeSafetensors } from '../../lib/formats/safetensors.js'
import { parameterCount, VICLIP_B16, VICLIP_L14 } from '../../lib/models/viclip/config.js'
import type { ViClipModel } from '../../lib/models/viclip/model.js'
import { scope } from '../../lib/tensor/scope.js'
import type { Tensor } from '../../lib/tensor/tensor.js'
import { assertSame, differentiate, ROUNDING } from '../models/differentiate.js'
import { untrivialModel, wholeText, wholeVideo } from '../models/whole-encoders.js'
import { hasCode, rejection } from '../support/errors.js'
import { seededRandom } from '../support/random.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'
import { CONFIG, features, IDS, OPTIONS, untrivialAdapter, video } from './adapted-model.js'

const methods = suite('methods of tuning')
const test = noLeaks(methods)
const { folder, remove } = makeFolder()
methods.after(remove)

/** A model of its own: full tuning would change that of others. */
async function withModel(body: (model: ViClipModel) => Promise<void>, dtype?: ViClipModel['dtype']) {
  const model = untrivialModel(CONFIG, 21, dtype)
  try {
    await body(model)
  } finally {
    model.dispose()
  }
}

const withAdapter = (
  method: MethodName,
  body: (adapter: Adapter, model: ViClipModel) => Promise<void>,
): Promise<void> =>
  withModel(async (model) => {
    const adapter = untrivialAdapter(model, OPTIONS[method])
    try {
      await body(adapter, model)
    } finally {
      adapter.dispose()
    }
  })

methods('they train as many parameters as the paper says', () => {
  const count = (options: AdapterOptions) => trainableCount(options, VICLIP_B16)
  assert.is(count({}), 1_744_000)
  assert.is(count({ method: 'adaptformer' }), 7_885_824)
  assert.is(count({ method: 'adaptformer', dim: 64, text: false }), 1_189_632)
  assert.is(count({ method: 'lora' }), 9_437_184)
  assert.is(count({ method: 'lora', rank: 8 }), 294_912)
  assert.is(count({ method: 'lora', rank: 8, video: false, text: true }), 196_608)
  assert.is(count({ method: 'full' }), 124_306_944)
  // All but the table of 49408 words and the temperature, which is a constant.
  assert.is(count({ method: 'full' }), parameterCount(VICLIP_B16) - 49_408 * 512 - 1)
  assert.is(trainableCount({ method: 'lora' }, VICLIP_L14), 24 * 4 * 256 * 1024)
})

test('a new adapter changes no bit of the features; what it adds comes with training', async () => {
  for (const method of ['adaptformer', 'lora', 'full'] as const)
    await withModel(async (model) => {
      const before = await features(model, null)
      const fresh = attachAdapter(model, OPTIONS[method])
      assert.equal(await features(model, fresh), before, method)
      fresh.dispose()
      if (method === 'full') return
      const adapter = untrivialAdapter(model, OPTIONS[method])
      const after = await features(model, adapter)
      for (const encoder of ['video', 'text'] as const)
        assert.not.equal(after[encoder], before[encoder], `${method}, ${encoder}`)
      assert.equal(await features(model, null), before, `${method}: the model itself has changed`)
      adapter.dispose()
    })
})

test('first values are Kaiming uniform and zeros, by seed', () =>
  withModel(async (model) => {
    const bounds = { video: 1 / Math.sqrt(24), text: 1 / Math.sqrt(20) }
    for (const options of [
      { method: 'adaptformer', dim: 200 },
      { method: 'lora', rank: 100, text: true },
    ] as const) {
      const drawn: Float32Array[] = []
      for (const seed of [1, 1, 2, 1 + 2 ** 32]) {
        const adapter = attachAdapter(model, { ...options, seed })
        for (const [name, { data }] of await adapter.parameters.values()) {
          if (!/down(\.weight)?$/.test(name)) {
            assert.ok(
              data.every((value) => value === 0),
              name,
            )
            continue
          }
          const bound = bounds[name.startsWith('video') ? 'video' : 'text']
          const moment = (power: number) =>
            data.reduce((sum, x) => sum + (x / bound) ** power, 0) / data.length
          assert.ok(
            data.every((value) => Math.abs(value) < bound),
            name,
          )
          // Five standard errors of the mean, and of the mean square, of uniform numbers in [-1, 1).
          assert.ok(Math.abs(moment(1)) < 5 / Math.sqrt(3 * data.length), `${name}: mean ${moment(1)}`)
          const slack = 5 * Math.sqrt(4 / 45 / data.length)
          assert.ok(Math.abs(moment(2) - 1 / 3) < slack, `${name}: mean square ${moment(2)}`)
          drawn.push(data)
        }
        adapter.dispose()
      }
      const each = drawn.length / 4
      assert.equal(drawn.slice(0, each), drawn.slice(each, 2 * each))
      const different = new Set(drawn.map((data) => String(data.slice(0, 8))))
      assert.is(different.size, 3 * each, 'seeds or blocks draw the same')
    }
  }))

for (const method of METHOD_NAMES) {
  test(`${method}: has the tensors it counts, and only they train`, () =>
    withAdapter(method, async (adapter, model) => {
      const { method: _, ...options } = OPTIONS[method]
      assert.is(adapter.method, method)
      assert.is(adapter.parameters.count, trainableCount({ method, ...options }, CONFIG))
      adapter.setTraining({ seed: 1, step: 0 })
      for (const [name, tensor] of adapter.parameters.entries()) assert.ok(tensor.requiresGrad, name)
      adapter.setTraining(null)
      for (const [name, tensor] of model.parameters.entries()) assert.not(tensor.requiresGrad, name)
    }))

  test(`${method}: what is saved is loaded, by the method in the file`, () =>
    withAdapter(method, async (adapter, model) => {
      const file = path.join(folder, `${method}.safetensors`)
      await adapter.save(file)
      assert.is((await readHeader(file)).metadata.method, method)
      await withModel(async (other) => {
        if (method === 'full') other.parameters.get('vision_encoder.proj').set(new Float32Array(24 * 9))
        // Packs its frozen weights: they must not outlive what is loaded.
        assert.not.equal(await features(other, null), await features(model, adapter))
        const loaded = await loadAdapter(other, file)
        assert.is(loaded.constructor, adapter.constructor)
        assert.equal(loaded.settings(), adapter.settings())
        assert.equal(await loaded.parameters.values(), await adapter.parameters.values())
        assert.equal(await features(other, loaded), await features(model, adapter))
        loaded.dispose()
      })
    }))

  for (const encoder of ['video', 'text'] as const) {
    const encode = (model: ViClipModel, adapter: Adapter): Tensor =>
      encoder === 'video' ? model.encodeVideo(video(model), adapter) : model.encodeText(IDS, adapter)

    test(`${method}, ${encoder}: what is left out of the computation changes nothing`, () =>
      withAdapter(method, async (adapter, model) => {
        adapter.setTraining({ seed: 1, step: 0 })
        const short = await differentiate(adapter, () => encode(model, adapter))
        const whole = await differentiate(adapter, () =>
          encoder === 'video' ? wholeVideo(model, video(model), adapter) : wholeText(model, IDS, adapter),
        )
        adapter.setTraining(null)
        assertSame(short, whole, ROUNDING)
      }))

    test(`${method}, ${encoder}: gradients are those that differences show`, () =>
      withAdapter(method, async (adapter, model) => {
        adapter.setTraining({ seed: 1, step: 0 })
        const { gradients } = await differentiate(adapter, () => encode(model, adapter))
        adapter.setTraining(null)
        const loss = async () => {
          model.forgetPacked()
          return lossOf((await features(model, adapter))[encoder])
        }
        let checked = 0
        for (const [name, tensor] of adapter.parameters.entries()) {
          const gradient = gradients.get(name)!
          if (gradient.every((value) => value === 0)) continue
          checked++
          const values = await tensor.data()
          for (const direction of [unit(gradient), randomDirection(gradient)]) {
            const most = Math.hypot(...gradient)
            const step = STEP / (1 + most)
            const moved = async (by: number) => {
              tensor.set(values.map((value, i) => value + by * direction[i]!))
              return loss()
            }
            const measured = ((await moved(step)) - (await moved(-step))) / (2 * step)
            const expected = gradient.reduce((sum, value, i) => sum + value * direction[i]!, 0)
            const error = Math.abs(measured - expected)
            assert.ok(error <= 2e-3 * most, `${name}: ${expected}, measured ${measured}, of ${most}`)
          }
          tensor.set(values)
        }
        const own = [...gradients.keys()].filter((name) => !name.startsWith(OTHERS[encoder]))
        assert.ok(checked >= own.length - UNREAD[method], `${own.length} parameters, ${checked} checked`)
      }))
  }
}

/** Less than to the next kink of a ReLU, here; the loss moves by this much at most. */
const STEP = 2 ** -7
/** What the parameters of the other encoder begin with. */
const OTHERS = { video: 'text', text: 'vi' }
/** Nobody reads but CLS after the last block, which has no temporal term; a text has no third block. */
const UNREAD: Record<MethodName, number> = { msta: 2, adaptformer: 0, lora: 0, full: 0 }

/** The loss of `differentiate`, in float64. */
function lossOf(values: Float32Array): number {
  const { embedDim } = CONFIG
  let loss = 0
  for (let row = 0; row < values.length / embedDim; row++) {
    const logits = [...values.slice(row * embedDim, (row + 1) * embedDim)]
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0)
    loss += Math.log(total) - logits[(2 * row) % embedDim]!
  }
  return loss
}

function unit(values: Float32Array): Float32Array {
  const length = Math.hypot(...values)
  return values.map((value) => value / length)
}

function randomDirection({ length }: Float32Array): Float32Array {
  const next = seededRandom(length)
  return unit(Float32Array.from({ length }, () => 2 * next() - 1))
}

test('blocks below the first adapted one are prefix, and the rest goes on from there to the same bits', async () => {
  for (const method of ['adaptformer', 'lora'] as const)
    await withAdapter(method, async (adapter, model) => {
      const prefix = scope(() => ({
        video: model.prefixVideo(video(model), adapter),
        text: model.prefixText(IDS, adapter),
      }))
      assert.equal([prefix.video.block, prefix.text.block], [1, 1])
      assert.equal(
        await differentiate(adapter, () => model.encodeVideo(prefix.video, adapter)),
        await differentiate(adapter, () => model.encodeVideo(video(model), adapter)),
      )
      assert.equal(
        await differentiate(adapter, () => model.encodeText(prefix.text, adapter)),
        await differentiate(adapter, () => model.encodeText(IDS, adapter)),
      )
      for (const { tokens } of Object.values(prefix)) tokens.dispose()
    })
})

test('a model that is tuned as a whole has no prefix, and must compute in float32', async () => {
  await withAdapter('full', async (adapter, model) => {
    const clip = video(model)
    assert.throws(() => model.prefixVideo(clip, adapter), hasCode('ERR_ARGUMENT', 'no prefix'))
    assert.throws(() => model.prefixText(IDS, adapter), hasCode('ERR_ARGUMENT', 'no prefix'))
    clip.dispose()
    const file = path.join(folder, 'full-float32.safetensors')
    await adapter.save(file)
    await withModel(async (half) => {
      assert.throws(() => attachAdapter(half, OPTIONS.full), hasCode('ERR_ARGUMENT', 'float32', 'bfloat16'))
      const loaded = await loadAdapter(half, file)
      const training = { seed: 1, step: 0 }
      assert.throws(() => loaded.setTraining(training), hasCode('ERR_ARGUMENT', 'float32'))
    }, 'bfloat16')
  })
})

test('options of another method, and methods there are none of, are refused', () =>
  withModel(async (model) => {
    const wrong: [AdapterOptions, string][] = [
      [{ rank: 4 }, 'msta has no option "rank"'],
      [{ method: 'lora', dim: 4 } as AdapterOptions, 'lora has no option "dim"'],
      [{ method: 'full', layers: '1-2' }, 'full has no option "layers"'],
      [{ method: 'prompts' as MethodName }, '"prompts"; known: msta, adaptformer, lora, full'],
      [{ method: 'toString' as MethodName }, '"toString"'],
      [{ method: 'lora', rank: 0 }, 'rank'],
      [{ method: 'lora', alpha: Number.NaN }, 'alpha'],
      [{ method: 'lora', video: false }, 'both off'],
      [{ method: 'adaptformer', scale: Number.NaN }, 'scale'],
      [{ method: 'adaptformer', dim: 1.5 }, 'dim'],
      [{ method: 'adaptformer', layers: '1-4' }, '1-4'],
    ]
    for (const [options, part] of wrong) {
      assert.throws(() => attachAdapter(model, options), hasCode('ERR_ARGUMENT', part), part)
      assert.throws(() => trainableCount(options, CONFIG), hasCode('ERR_ARGUMENT', part), part)
    }
  }))

test('files of other methods and of no known method are refused; a model that is refused stays as it was', () =>
  withAdapter('full', async (adapter, model) => {
    const file = path.join(folder, 'whole.safetensors')
    await adapter.save(file)
    const { metadata } = await readHeader(file)
    const { tensors } = await readAll(file)
    const write = async (name: string, changes: Record<string, string>, without?: string) => {
      const target = path.join(folder, `${name}.safetensors`)
      const kept = [...tensors].filter(([own]) => own !== without)
      const given = kept.map(([own, { shape, data }]) => {
        return [own, { dtype: 'F32', shape, data: (data as Float32Array).map((x) => x + 1) }] as const
      })
      await writeSafetensors(target, new Map(given), { ...metadata, ...changes })
      return target
    }
    const before = await features(model, null)
    for (const [target, part] of [
      [await write('unknown', { method: 'prompts' }), 'unknown method "prompts"'],
      [await write('inherited', { method: 'constructor' }), 'unknown method "constructor"'],
      [await write('short', {}, 'text_encoder.text_projection'), '; missing: text_encoder.text_projection'],
      [
        await write('lora', { method: 'lora', settings: '{"rank":2,"layers":[1]}' }),
        '; missing: video.0.down',
      ],
    ] as const)
      assert.ok(hasCode('ERR_CHECKPOINT', target, part)(await rejection(loadAdapter(model, target))), part)
    assert.equal(await features(model, null), before)
  }))

methods.run()
