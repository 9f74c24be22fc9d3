/** Checkpoints of CLIP and ViFi-CLIP: told apart by their names, and loaded with nothing lost. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { TensorToWrite } from '../../lib/formats/safetensors.js'
import { loadViClip, saveViClip } from '../../lib/models/viclip/checkpoint.js'
import type { ViClipModel } from '../../lib/models/viclip/model.js'
import { ViCLIP } from '../../lib/recognition/viclip.js'
import { testDevice } from '../support/device.js'
import { hasCode, rejection } from '../support/errors.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'
import { CLIP_CONFIG, clipFile, LAYOUT_FILES, loadClip, rewrite, UNTOLD } from './clip-files.js'
import { loadSmallViClip, saveSmallViClip } from './small-viclip.js'

const layouts = suite('CLIP checkpoints')
const test = noLeaks(layouts)
const device = testDevice()
const { folder, remove } = makeFolder()
layouts.after(remove)

async function valuesOf(model: ViClipModel): Promise<Map<string, Float32Array>> {
  return new Map([...(await model.parameters.values())].map(([name, { data }]) => [name, data]))
}

const TEMPORAL = 'vision_encoder.temporal_positional_embedding'
const TEXT = 'text_encoder.positional_embedding'
const floats = (...shape: number[]): TensorToWrite => ({
  dtype: 'F32',
  shape,
  data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
})

test('all layouts load to the same bits', async () => {
  const models = []
  for (const name of Object.keys(LAYOUT_FILES)) models.push(await loadClip(name))
  const [first, ...others] = await Promise.all(models.map(valuesOf))
  assert.is(first!.size, 8 + 5 + 4 * 12 + 1)
  for (const other of others) assert.equal(other, first)
  for (const model of models) {
    assert.equal(model.config, CLIP_CONFIG)
    assert.is(JSON.stringify(model.config), JSON.stringify(CLIP_CONFIG), 'adapter files compare it as text')
    model.dispose()
  }
})

test('names may be wrapped by a training framework', async () => {
  const plain = await loadClip()
  for (const [name, wrapper] of [
    ['openai', 'module.'],
    ['openai', 'state_dict.module.'],
    ['hugging-face', 'model.'],
    ['vifi', 'model.'],
  ] as const) {
    const file = await rewrite(folder, name, (tensors) => {
      for (const [key, tensor] of [...tensors]) {
        tensors.delete(key)
        tensors.set(wrapper + key, tensor)
      }
    })
    const model = await loadViClip(device, file, { ...UNTOLD, ...LAYOUT_FILES[name] })
    assert.equal(await valuesOf(model), await valuesOf(plain), name)
    model.dispose()
  }
  plain.dispose()
})

test('what needs no change goes from the file to the device, not through JavaScript', async () => {
  const uploaded: number[] = []
  const upload = device.upload.bind(device)
  device.upload = (buffer, source, at) => {
    uploaded.push(source.byteLength)
    upload(buffer, source, at)
  }
  const scalars = [4, 4]
  const projections = [24 * 9 * 4, 20 * 9 * 4]
  try {
    for (const [name, options, through] of [
      ['openai', {}, scalars],
      ['vifi', {}, scalars],
      ['hugging-face', {}, [...scalars, ...projections]],
      ['openai', { as: 'viclip' as const }, [32 * 20 * 4]],
      ['openai', { resolution: 20 }, [...scalars, (1 + 25) * 24 * 4]],
    ] as const) {
      uploaded.length = 0
      const model = await loadClip(name, options)
      assert.equal(uploaded.sort(), [...through].sort(), name)
      model.dispose()
    }
  } finally {
    Reflect.deleteProperty(device, 'upload')
  }
})

test('a CLIP becomes a ViCLIP only where that is asked for', async () => {
  const clip = await loadClip()
  const viclip = await loadClip('hugging-face', { as: 'viclip', frames: 5 })
  const { frameWise: _, ...video } = CLIP_CONFIG.video
  assert.equal(viclip.config, {
    ...CLIP_CONFIG,
    video: { ...video, frames: 5 },
    text: { ...CLIP_CONFIG.text, contextLength: 32 },
  })
  const [before, after] = [await valuesOf(clip), await valuesOf(viclip)]
  assert.equal(after.get(TEMPORAL), new Float32Array(5 * 24))
  assert.equal(after.get(TEXT), before.get(TEXT)!.slice(0, 32 * 20))
  for (const [name, values] of after)
    if (name !== TEMPORAL && name !== TEXT) assert.equal(values, before.get(name), name)
  assert.is(viclip.temperature, clip.temperature)
  // What it is now is saved as such.
  const file = path.join(folder, 'viclip.safetensors')
  await saveViClip(viclip, file)
  const again = await loadViClip(device, file, { as: 'viclip' })
  assert.equal(again.config, viclip.config)
  assert.equal(await valuesOf(again), after)
  for (const model of [clip, viclip, again]) model.dispose()
  const other = loadClip('openai', { as: 'clip' as 'viclip' })
  assert.ok(hasCode('ERR_ARGUMENT', '"clip"')(await rejection(other)))
})

test('a CLIP is saved under the names of OpenAI and loads again, bit by bit, in either storage type', async () => {
  const file = path.join(folder, 'saved.safetensors')
  for (const dtype of ['float32', 'bfloat16'] as const) {
    const model = await loadClip('hugging-face', { frames: 6, dtype })
    model.temperature = 0.0123
    await saveViClip(model, file)
    const again = await loadViClip(device, file, { dtype })
    assert.equal(again.config, { ...CLIP_CONFIG, video: { ...CLIP_CONFIG.video, frames: 6 } })
    assert.equal(await valuesOf(again), await valuesOf(model))
    assert.ok(Math.abs(again.temperature / 0.0123 - 1) < 1e-6, `${dtype}: ${again.temperature}`)
    for (const each of [model, again]) each.dispose()
  }
})

test('onProgress hears of all that is read', async () => {
  const seen: { done: number; total: number }[] = []
  const model = await loadClip('vifi', { onProgress: (progress) => seen.push(progress) })
  assert.is(seen.length, (await valuesOf(model)).size - 1)
  const { done, total } = seen.at(-1)!
  assert.is(done, total - 4, 'all but the temperature')
  model.dispose()
})

test('missing, unexpected and mis-shaped tensors have the names of the file', async () => {
  const wrong: Record<string, [change: (tensors: Map<string, TensorToWrite>) => void, ...parts: string[]]> = {
    openai: [
      (tensors) => {
        tensors.delete('transformer.resblocks.1.mlp.c_fc.bias')
        tensors.set('visual.proj', floats(9, 9))
        tensors.set('visual.attnpool.positional_embedding', floats(2))
        tensors.set('context_length', floats())
      },
      'OpenAI CLIP; missing: transformer.resblocks.1.mlp.c_fc.bias;',
      'unexpected: visual.attnpool.positional_embedding;',
      'mis-shaped: visual.proj [9,9] instead of [24,9]',
    ],
    'hugging-face': [
      (tensors) => {
        tensors.delete('text_model.encoder.layers.0.self_attn.k_proj.weight')
        tensors.set('vision_model.encoder.layers.1.self_attn.v_proj.bias', floats(25))
        tensors.set('text_projection.weight', floats(20, 9))
        tensors.set('vision_model.head.weight', floats(1))
      },
      'Hugging Face CLIP; missing: text_model.encoder.layers.0.self_attn.k_proj.weight;',
      'unexpected: vision_model.head.weight;',
      'mis-shaped: vision_model.encoder.layers.1.self_attn.v_proj.bias [25] instead of [24], ' +
        'text_projection.weight [20,9] instead of [9,20]',
    ],
    vifi: [
      (tensors) => {
        tensors.delete('module.logit_scale')
        tensors.set('module.text_encoder.extra', floats(1))
        tensors.set('module.image_encoder.ln_pre.bias', floats(3))
      },
      'ViFi-CLIP; missing: module.logit_scale;',
      'unexpected: module.text_encoder.extra;',
      'mis-shaped: module.image_encoder.ln_pre.bias [3] instead of [24]',
    ],
  }
  for (const [name, [change, ...parts]] of Object.entries(wrong)) {
    const file = await rewrite(folder, name, change)
    const error = await rejection(loadViClip(device, file, { ...UNTOLD, ...LAYOUT_FILES[name] }))
    assert.ok(hasCode('ERR_CHECKPOINT', file, ...parts)(error), name)
  }
})

test('what sizes are read from is missed by its name in the file', async () => {
  for (const [name, key] of [
    ['openai', 'visual.conv1.weight'],
    ['hugging-face', 'text_model.embeddings.position_embedding.weight'],
    ['hugging-face', 'vision_model.encoder.layers.0.layer_norm1.weight'],
    ['vifi', 'module.image_encoder.proj'],
  ] as const) {
    const file = await rewrite(folder, name, (tensors) => tensors.delete(key))
    const error = await rejection(loadViClip(device, file, { ...UNTOLD, ...LAYOUT_FILES[name] }))
    assert.ok(hasCode('ERR_CHECKPOINT', file, `"${key}" is missing`)(error), name)
  }
})

test('all that sizes are read from is missed at once', async () => {
  const lost = ['visual.proj', 'token_embedding.weight', 'transformer.resblocks.0.ln_1.weight']
  const file = await rewrite(folder, 'openai', (tensors) => {
    for (const name of lost) tensors.delete(name)
  })
  const names = '"visual.proj", "token_embedding.weight", "transformer.resblocks.0.ln_1.weight" are missing'
  assert.ok(hasCode('ERR_CHECKPOINT', file, names)(await rejection(loadViClip(device, file, UNTOLD))))
})

test("Hugging Face's config.json tells the heads, and a model that computes otherwise", async () => {
  const own = path.join(folder, 'hub')
  mkdirSync(own)
  cpSync(clipFile('hugging-face'), path.join(own, 'model.safetensors'))
  const config = path.join(own, 'config.json')
  const write = (vision: object, text: object) =>
    writeFileSync(config, JSON.stringify({ vision_config: vision, text_config: text }))
  write({ num_attention_heads: 3, hidden_act: 'quick_gelu' }, { num_attention_heads: 2 })
  const model = await loadViClip(device, own, { frames: 3 })
  assert.equal(model.config, CLIP_CONFIG)
  model.dispose()
  const given = await loadViClip(device, own, { heads: { videoHeads: 6 } })
  assert.equal([given.config.video.heads, given.config.text.heads], [6, 2])
  given.dispose()
  write({ num_attention_heads: 3 }, { num_attention_heads: 2, hidden_act: 'gelu' })
  const other = await rejection(loadViClip(device, own))
  assert.ok(hasCode('ERR_CHECKPOINT', config, 'text_config', '"gelu"')(other))
  writeFileSync(config, '{"vision_config":')
  assert.ok(hasCode('ERR_FORMAT', config)(await rejection(loadViClip(device, own))))
  writeFileSync(config, '[1]')
  assert.ok(hasCode('ERR_ARGUMENT', 'videoHeads')(await rejection(loadViClip(device, own))))
})

test('integers where numbers should be are refused', async () => {
  const file = await rewrite(folder, 'openai', (tensors) => {
    tensors.set('visual.ln_post.bias', { dtype: 'I32', shape: [24], data: new Int32Array(24) })
  })
  const error = await rejection(loadViClip(device, file, UNTOLD))
  assert.ok(hasCode('ERR_FORMAT', file, 'visual.ln_post.bias', 'I32')(error))
})

test("ViFi-CLIP's token embedding is that of a CLIP given beside it, and of nothing else", async () => {
  const alone = await rejection(loadClip('vifi', { base: undefined }))
  assert.ok(hasCode('ERR_CHECKPOINT', clipFile('vifi'), 'token embedding', '--base')(alone))
  const needless = await rejection(loadClip('openai', { base: clipFile('hugging-face') }))
  assert.ok(hasCode('ERR_ARGUMENT', clipFile('openai'), 'base')(needless))
  const itself = await rejection(loadClip('vifi', { base: clipFile('vifi') }))
  assert.ok(hasCode('ERR_CHECKPOINT', clipFile('vifi'), 'token embedding')(itself))
  const viclip = await saveSmallViClip(folder)
  const wrong = await rejection(loadClip('vifi', { base: viclip }))
  assert.ok(hasCode('ERR_CHECKPOINT', viclip, 'ViCLIP cannot be the base of ViFi-CLIP')(wrong))
  const nowhere = await rejection(loadClip('vifi', { base: 'nowhere.safetensors' }))
  assert.ok(hasCode('ERR_FILE', 'nowhere.safetensors')(nowhere))
  const other = await rewrite(folder, 'openai', (tensors) =>
    tensors.set('token_embedding.weight', floats(50, 21)),
  )
  const narrow = await rejection(loadClip('vifi', { base: other, heads: { videoHeads: 3, textHeads: 3 } }))
  assert.ok(hasCode('ERR_CHECKPOINT', 'mis-shaped: module.text_encoder')(narrow))
  const base = await loadClip('vifi', { base: clipFile('hugging-face') })
  const own = await loadClip('openai')
  assert.equal(await valuesOf(base), await valuesOf(own))
  for (const model of [base, own]) model.dispose()
})

test('files of no known model, or of several, are refused with what is known', async () => {
  const none = await rewrite(folder, 'openai', (tensors) => {
    for (const key of [...tensors.keys()]) if (key.startsWith('visual.')) tensors.delete(key)
  })
  const known = ['ViCLIP (vision_encoder.*)', 'OpenAI CLIP (visual.*)', 'Hugging Face CLIP', 'ViFi-CLIP']
  assert.ok(hasCode('ERR_CHECKPOINT', none, ...known)(await rejection(loadViClip(device, none))))
  const several = await rewrite(folder, 'openai', (tensors) => {
    tensors.set('module.visual.conv1.weight', floats(1))
  })
  const error = await rejection(loadViClip(device, several))
  assert.ok(hasCode('ERR_CHECKPOINT', several, 'more than one', 'module.visual.')(error))
})

test('random CLIPs are there to try; they take neither base nor as', async () => {
  const options = { device: device.name as 'cpu', seed: 4 }
  const tiny = await ViCLIP.load('random:clip-tiny', { ...options, frames: 2 })
  assert.ok(tiny.config.video.frameWise)
  assert.equal([tiny.config.video.frames, tiny.config.text.contextLength], [2, 77])
  assert.is(tiny.model.temperature, 0.01)
  const { data } = await tiny.encodeText(['a video of archery.'])
  assert.ok(data.every(Number.isFinite))
  tiny.dispose()
  for (const wrong of [{ as: 'viclip' as const }, { base: clipFile('openai') }]) {
    const refused = await rejection(ViCLIP.load('random:clip-tiny', { ...options, ...wrong }))
    assert.ok(hasCode('ERR_ARGUMENT', 'random:clip-tiny')(refused))
  }
})

test('a ViCLIP stays one', async () => {
  const model = await loadSmallViClip(folder)
  const again = await ViCLIP.load(await saveSmallViClip(folder), { device: 'cpu', as: 'viclip' })
  assert.equal(again.config, model.config)
  for (const each of [model, again]) each.dispose()
})

layouts.run()
