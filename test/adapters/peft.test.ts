/** Adapters as folders in the form of PEFT: the same adapter, to the bit. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { convertAdapter } from '../../lib/adapters/convert-adapter.js'
import { loadAdapter } from '../../lib/adapters/methods.js'
import { readAll, type TensorToWrite, writeSafetensors } from '../../lib/formats/safetensors.js'
import type { ViClipModel } from '../../lib/models/viclip/model.js'
import { untrivialModel } from '../models/whole-encoders.js'
import { hasCode, rejection } from '../support/errors.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'
import { CONFIG, features, OPTIONS, untrivialAdapter } from './adapted-model.js'

const adapters = suite('adapters as PEFT has them')
const test = noLeaks(adapters)
const { folder, remove } = makeFolder()
adapters.after(remove)

const METHODS = ['lora', 'msta', 'adaptformer'] as const
const inFolder = (...names: string[]) => path.join(folder, ...names)
const fileOf = (method: string) => inFolder(`${method}.safetensors`)

async function withModel(body: (model: ViClipModel) => Promise<void>, config = CONFIG): Promise<void> {
  const model = untrivialModel(config, 21)
  try {
    await body(model)
  } finally {
    model.dispose()
  }
}

adapters.before(() =>
  withModel(async (model) => {
    for (const method of METHODS) {
      const adapter = untrivialAdapter(model, OPTIONS[method])
      await adapter.save(fileOf(method))
      adapter.dispose()
      await convertAdapter(fileOf(method), inFolder(method), { to: 'peft', baseModel: 'OpenGVLab/ViCLIP' })
    }
  }),
)

const configOf = (name: string) => JSON.parse(readFileSync(inFolder(name, 'adapter_config.json'), 'utf8'))

/** A copy of the LoRA's folder with another configuration and other tensors. */
async function altered(
  name: string,
  change: object,
  changeTensors: (tensors: Map<string, TensorToWrite>) => void = () => {},
): Promise<string> {
  const copy = inFolder(name)
  cpSync(inFolder('lora'), copy, { recursive: true })
  writeFileSync(path.join(copy, 'adapter_config.json'), JSON.stringify({ ...configOf('lora'), ...change }))
  const weights = path.join(copy, 'adapter_model.safetensors')
  const { metadata, tensors } = await readAll(weights)
  const given = new Map<string, TensorToWrite>()
  for (const [own, { shape, data }] of tensors)
    given.set(own, { dtype: 'F32', shape, data: data as Float32Array })
  changeTensors(given)
  await writeSafetensors(weights, given, metadata)
  return copy
}

test('there and back the file is the same', async () => {
  for (const method of METHODS) {
    const back = inFolder(`${method}-back.safetensors`)
    const { tensors } = await convertAdapter(inFolder(method), back, { to: 'msta' })
    assert.is(tensors, (await readAll(back)).tensors.size)
    assert.equal(readFileSync(back), readFileSync(fileOf(method)), method)
    await convertAdapter(inFolder(method), inFolder(`${method}-again`), {
      to: 'peft',
      baseModel: 'OpenGVLab/ViCLIP',
    })
    for (const name of ['adapter_config.json', 'adapter_model.safetensors'])
      assert.equal(
        readFileSync(inFolder(`${method}-again`, name)),
        readFileSync(inFolder(method, name)),
        name,
      )
  }
})

test('a folder is loaded as the file it was made of', () =>
  withModel(async (model) => {
    for (const method of METHODS) {
      const [own, loaded] = [
        await loadAdapter(model, fileOf(method)),
        await loadAdapter(model, inFolder(method)),
      ]
      assert.is(loaded.method, method)
      assert.equal(loaded.settings(), own.settings())
      assert.equal(await features(model, loaded), await features(model, own))
      for (const adapter of [own, loaded]) adapter.dispose()
    }
  }))

test("LoRA has PEFT's names, shapes and settings", async () => {
  const { tensors } = await readAll(inFolder('lora', 'adapter_model.safetensors'))
  const own = (await readAll(fileOf('lora'))).tensors
  const modules: string[] = []
  for (const [model, encoder, width, blocks] of [
    ['text_encoder', 'text', 20, [1]],
    ['vision_encoder', 'video', 24, [1, 2]],
  ] as const)
    for (const block of blocks)
      for (const [i, module] of ['q', 'v'].entries()) {
        const name = `${model}.transformer.resblocks.${block}.attn.${module}`
        modules.push(name)
        const [down, up] = ['down', 'up'].map((side) => own.get(`${encoder}.${block}.${side}`)!.data)
        const [a, b] = ['A', 'B'].map(
          (letter) => tensors.get(`base_model.model.${name}.lora_${letter}.weight`)!,
        )
        assert.equal(a, {
          dtype: 'F32',
          shape: [3, width],
          data: down!.slice(i * 3 * width, (i + 1) * 3 * width),
        })
        assert.equal(b, {
          dtype: 'F32',
          shape: [width, 3],
          data: up!.slice(i * width * 3, (i + 1) * width * 3),
        })
      }
  assert.is(tensors.size, 2 * modules.length)
  assert.equal(configOf('lora'), {
    peft_type: 'LORA',
    auto_mapping: null,
    base_model_name_or_path: 'OpenGVLab/ViCLIP',
    revision: null,
    task_type: null,
    inference_mode: true,
    r: 3,
    lora_alpha: 2,
    lora_dropout: 0,
    target_modules: modules,
    bias: 'none',
    fan_in_fan_out: false,
    init_lora_weights: true,
    modules_to_save: null,
  })
})

test('what PEFT does not know has a type of its own, our names and our settings', async () => {
  const { peft_type, base_model_name_or_path, dim, temporal, layers } = configOf('msta')
  assert.equal([peft_type, base_model_name_or_path], ['MSTA', 'OpenGVLab/ViCLIP'])
  assert.equal([dim, temporal, layers], [6, 'depthwise', [2, 3]])
  assert.is(configOf('adaptformer').peft_type, 'ADAPTFORMER')
  const { tensors } = await readAll(inFolder('msta', 'adapter_model.safetensors'))
  assert.equal(tensors, (await readAll(fileOf('msta'))).tensors)
})

test("a LoRA of PEFT's own, which does not tell the model's sizes, is held to their shapes alone", () =>
  withModel(async (model) => {
    const foreign = await altered('foreign', {
      peft_version: '0.21.0',
      auto_mapping: { base_model_class: 'ViCLIP' },
      target_modules: '.*attn.(q|v)',
      lora_dropout: 0.1,
      use_dora: false,
      rank_pattern: {},
      eva_config: null,
    })
    const weights = path.join(foreign, 'adapter_model.safetensors')
    const { tensors } = await readAll(weights)
    const given = [...tensors].map(([name, { shape, data }]) => {
      return [name, { dtype: 'F32', shape, data: data as Float32Array }] as const
    })
    await writeSafetensors(weights, new Map(given), { format: 'pt' })
    const [own, loaded] = [await loadAdapter(model, fileOf('lora')), await loadAdapter(model, foreign)]
    assert.equal(await features(model, loaded), await features(model, own))
    for (const adapter of [own, loaded]) adapter.dispose()
    const back = convertAdapter(foreign, inFolder('foreign.safetensors'), { to: 'msta' })
    assert.ok(hasCode('ERR_CHECKPOINT', foreign, 'sizes of its model')(await rejection(back)))
    await withModel(
      async (other) => {
        const error = await rejection(loadAdapter(other, foreign))
        assert.ok(
          hasCode('ERR_CHECKPOINT', foreign, 'mis-shaped: video.1.down [6,24] instead of [6,48]')(error),
        )
      },
      { ...CONFIG, video: { ...CONFIG.video, width: 48 } },
    )
  }))

test('a folder made for another model is refused with the reason', () =>
  withModel(
    async (other) => {
      for (const method of METHODS) {
        const error = await rejection(loadAdapter(other, inFolder(method)))
        assert.ok(hasCode('ERR_CHECKPOINT', inFolder(method), 'another model', '"embedDim":10')(error))
      }
    },
    { ...CONFIG, embedDim: 10 },
  ))

test('what LoRA does not compute here is refused by its key', () =>
  withModel(async (model) => {
    for (const [key, value] of Object.entries({
      use_dora: true,
      use_rslora: true,
      bias: 'lora_only',
      fan_in_fan_out: true,
      modules_to_save: ['proj'],
      rank_pattern: { q: 4 },
      alpha_pattern: { q: 4 },
      init_lora_weights: 'pissa',
      a_variant_of_tomorrow: { factor: 2 },
      r: '3',
      lora_alpha: null,
      peft_type: 'IA3',
    })) {
      const copy = await altered(`off-${key}`, { [key]: value })
      const error = await rejection(loadAdapter(model, copy))
      const config = path.join(copy, 'adapter_config.json')
      assert.ok(hasCode('ERR_CHECKPOINT', config, key, JSON.stringify(value))(error))
    }
  }))

test('all tensors that do not fit are listed', () =>
  withModel(async (model) => {
    const name = 'base_model.model.vision_encoder.transformer.resblocks.1.attn'
    const one = { dtype: 'F32', shape: [1], data: Float32Array.of(1) } as const
    const copy = await altered('listed', {}, (tensors) => {
      tensors.delete(`${name}.q.lora_A.weight`)
      tensors.delete(`${name}.v.lora_B.weight`)
      tensors.set(`${name}.k.lora_A.weight`, one)
      tensors.set(`${name}.q.lora_B.weight`, one)
    })
    const parts = [
      `missing: ${name}.q.lora_A.weight, ${name}.v.lora_B.weight;`,
      `unexpected: ${name}.k.lora_A.weight;`,
      `mis-shaped: ${name}.q.lora_B.weight [1] instead of [1,3]`,
    ]
    assert.ok(hasCode('ERR_CHECKPOINT', copy, ...parts)(await rejection(loadAdapter(model, copy))))
    const rank = await altered('rank', { r: 4 })
    assert.ok(
      hasCode(
        'ERR_CHECKPOINT',
        rank,
        'rank 4',
        '[3,24] instead of [4,24]',
      )(await rejection(loadAdapter(model, rank))),
    )
  }))

test('hostile configurations and missing files give typed errors', () =>
  withModel(async (model) => {
    const copy = inFolder('hostile')
    const config = path.join(copy, 'adapter_config.json')
    cpSync(inFolder('msta'), copy, { recursive: true })
    const own = configOf('msta')
    for (const text of ['', '{', '\xff', `{"r":1,"r":2}`, ' '.repeat(2 ** 20 + 1), '['.repeat(2 ** 19)]) {
      writeFileSync(config, text, 'latin1')
      assert.ok(hasCode('ERR_FORMAT', config)(await rejection(loadAdapter(model, copy))), text.slice(0, 20))
    }
    const settings = [
      { dim: 2 ** 40 },
      { dim: { toString: 1, valueOf: 1 } },
      { layers: { length: 2 ** 32 } },
      { layers: [1, 1e9] },
      { alpha: null },
      { video: 'yes' },
      { prompts: 4 },
      JSON.parse('{"__proto__":{"dim":1}}'),
    ]
    for (const each of settings) {
      writeFileSync(config, JSON.stringify({ ...own, ...each }))
      const error = await rejection(loadAdapter(model, copy))
      assert.ok(hasCode('ERR_CHECKPOINT', copy)(error), JSON.stringify(each))
    }
    for (const value of [null, 1, 'x', []]) {
      writeFileSync(config, JSON.stringify(value))
      assert.ok(hasCode('ERR_CHECKPOINT', config)(await rejection(loadAdapter(model, copy))))
    }
    rmSync(config)
    assert.ok(hasCode('ERR_FILE', config)(await rejection(loadAdapter(model, copy))))
    writeFileSync(config, JSON.stringify(own))
    const weights = path.join(copy, 'adapter_model.safetensors')
    rmSync(weights)
    assert.ok(hasCode('ERR_FILE', weights)(await rejection(loadAdapter(model, copy))))
    mkdirSync(weights)
    assert.ok(hasCode('ERR_FILE', weights)(await rejection(loadAdapter(model, copy))))
  }))

test('a damaged file of a LoRA is not made a folder', async () => {
  const { metadata, tensors } = await readAll(fileOf('lora'))
  const out = inFolder('damaged')
  const refused = async (change: (copy: Map<string, TensorToWrite>) => object, ...parts: string[]) => {
    const copy = new Map<string, TensorToWrite>()
    for (const [name, { shape, data }] of tensors)
      copy.set(name, { dtype: 'F32', shape, data: data as Float32Array })
    const file = inFolder('damaged.safetensors')
    const changes = change(copy)
    await writeSafetensors(file, copy, { ...metadata, ...changes })
    const error = await rejection(convertAdapter(file, out, { to: 'peft' }))
    assert.ok(hasCode('ERR_CHECKPOINT', file, ...parts)(error))
    assert.not.ok(existsSync(out))
  }
  const scalar = { dtype: 'F32', shape: [], data: Float32Array.of(1) } as const
  await refused((copy) => {
    copy.set('more', scalar).set('video.1.down', scalar)
    return {}
  }, 'unexpected: more; mis-shaped: video.1.down')
  await refused(() => ({ settings: '{"rank":"3","alpha":1}' }), 'no rank and alpha')
})

test('full tuning has no form in PEFT, and another form does not exist', () =>
  withModel(async (model) => {
    const adapter = untrivialAdapter(model, OPTIONS.full)
    await adapter.save(fileOf('full'))
    const out = inFolder('full')
    const full = convertAdapter(fileOf('full'), out, { to: 'peft' })
    assert.ok(hasCode('ERR_ARGUMENT', fileOf('full'), 'PEFT')(await rejection(full)))
    assert.not.ok(existsSync(out))
    const other = convertAdapter(fileOf('lora'), out, { to: 'onnx' as 'peft' })
    assert.ok(hasCode('ERR_ARGUMENT', '"onnx"')(await rejection(other)))
  }))

adapters.run()
