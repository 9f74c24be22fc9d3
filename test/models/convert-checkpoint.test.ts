/** Checkpoints in other layouts: nothing is lost, and what is converted loads as what it was made of. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readAll, readHeader } from '../../lib/formats/safetensors.js'
import {
  type ConvertCheckpointOptions,
  convertCheckpoint,
  type LayoutName,
} from '../../lib/models/layouts/convert-checkpoint.js'
import { loadViClip, saveViClip } from '../../lib/models/viclip/checkpoint.js'
import { ViClipModel } from '../../lib/models/viclip/model.js'
import { contentsOf } from '../formats/torch-fixtures.js'
import { testDevice } from '../support/device.js'
import { hasCode, rejection } from '../support/errors.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'
import { clipFile, LAYOUT_FILES, loadClip, rewrite, UNTOLD } from './clip-files.js'
import { SMALL_VICLIP, saveSmallViClip } from './small-viclip.js'

const conversions = suite('converting checkpoints')
const test = noLeaks(conversions)
const device = testDevice()
const { folder, remove } = makeFolder()
conversions.after(remove)

const inFolder = (name: string) => path.join(folder, name)
const heads = UNTOLD.heads!
const LAYOUTS = Object.keys(LAYOUT_FILES)
const baseOf = (layout: string) => ({ base: LAYOUT_FILES[layout]!.base })
/** What a Hugging Face file of old holds besides the model's numbers. */
const isOfModel = (name: string) => !name.endsWith('.position_ids')

/** Shapes and float32 values of a file, sorted by name. */
async function numbersIn(file: string) {
  const { tensors } = await readAll(file)
  const own = [...tensors].filter(([name]) => isOfModel(name))
  return new Map(
    own
      .map(([name, { shape, data }]) => [name, { shape, data }] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

async function convert(input: string, name: string, options: ConvertCheckpointOptions): Promise<string> {
  return (await convertCheckpoint(input, inFolder(name), { heads, ...options })).weights
}

async function valuesOf(model: ViClipModel) {
  const values = await model.parameters.values()
  model.dispose()
  return values
}

test('every layout of a CLIP comes out of every other as PyTorch wrote it', async () => {
  const targets: LayoutName[] = ['openai', 'hugging-face']
  for (const from of LAYOUTS)
    for (const to of targets) {
      const written = await convert(clipFile(from), `${from}-${to}`, { to, ...baseOf(from) })
      assert.equal(await numbersIn(written), await numbersIn(clipFile(to)), `${from} to ${to}`)
    }
})

test('there and back again the file is the same', async () => {
  const first = await convert(clipFile('openai'), 'first.safetensors', { to: 'openai' })
  const other = await convert(first, 'other', { to: 'hugging-face' })
  const again = await convert(other, 'again.safetensors', { to: 'openai' })
  assert.equal(readFileSync(again), readFileSync(first))
  const own = await saveSmallViClip(folder)
  const viclip = await convert(own, 'viclip.safetensors', { to: 'viclip', heads: {} })
  assert.equal(await contentsOf(viclip), await contentsOf(own))
})

test('what is converted loads as what it was made of, heads and frames told', async () => {
  for (const from of LAYOUTS)
    for (const to of ['openai', 'hugging-face'] as const) {
      const written = await convert(clipFile(from), `load-${from}-${to}`, { to, ...baseOf(from) })
      const [direct, converted] = [await loadClip(from), await loadViClip(device, written, { frames: 3 })]
      assert.equal(converted.config, direct.config)
      assert.is(converted.temperature, direct.temperature)
      assert.equal(await valuesOf(converted), await valuesOf(direct), `${from} to ${to}`)
    }
})

test('a CLIP in the layout of ViCLIP is the ViCLIP that it is loaded as', async () => {
  for (const from of LAYOUTS) {
    const result = await convertCheckpoint(clipFile(from), inFolder(`v-${from}.safetensors`), {
      to: 'viclip',
      heads,
      ...baseOf(from),
    })
    assert.equal(result.made, [
      'vision_encoder.temporal_positional_embedding: zeros',
      'text_encoder.positional_embedding: the first 32 of 40 rows',
      'temp: exp(-logit_scale)',
    ])
    assert.not('config' in result)
    const direct = await loadClip(from, { as: 'viclip', frames: 8 })
    const converted = await loadViClip(device, result.weights)
    assert.equal(converted.config, direct.config)
    assert.is(converted.temperature, Math.fround(direct.temperature))
    assert.equal(await valuesOf(converted), await valuesOf(direct), from)
  }
})

test('numbers keep their type, or all take the one that is asked for', async () => {
  const half = await convert(clipFile('openai'), 'half.safetensors', { to: 'openai', dtype: 'float16' })
  const other = await convert(half, 'half', { to: 'hugging-face' })
  const both = await convert(clipFile('hugging-face'), 'half-too', { to: 'hugging-face', dtype: 'float16' })
  assert.equal(await contentsOf(other), await contentsOf(both))
  const types = (file: string) =>
    readHeader(file).then(({ tensors }) => [...tensors.values()].map((t) => t.dtype))
  assert.equal(new Set(await types(other)), new Set(['F16']))
  const viclip = await convert(half, 'bf16.safetensors', { to: 'viclip', dtype: 'bfloat16' })
  assert.equal(new Set(await types(viclip)), new Set(['BF16']))
})

test('what is not of the model is left out, and named', async () => {
  const file = await rewrite(folder, 'openai', (tensors) => {
    tensors.set('input_resolution', { dtype: 'I32', shape: [], data: Int32Array.of(12) })
  })
  const { left, weights } = await convertCheckpoint(file, inFolder('left'), { to: 'hugging-face', heads })
  assert.equal(left, ['input_resolution'])
  assert.equal(await numbersIn(weights), await numbersIn(clipFile('hugging-face')))
})

test("Hugging Face's config.json has what its loader needs", async () => {
  await convert(clipFile('openai'), 'hub', { to: 'hugging-face' })
  const config = JSON.parse(readFileSync(inFolder('hub/config.json'), 'utf8'))
  const common = { projection_dim: 9, num_hidden_layers: 2, hidden_act: 'quick_gelu', layer_norm_eps: 1e-5 }
  assert.equal(config, {
    architectures: ['CLIPModel'],
    model_type: 'clip',
    projection_dim: 9,
    vision_config: {
      model_type: 'clip_vision_model',
      ...common,
      hidden_size: 24,
      intermediate_size: 96,
      num_attention_heads: 3,
      image_size: 12,
      patch_size: 4,
      num_channels: 3,
    },
    text_config: {
      model_type: 'clip_text_model',
      ...common,
      hidden_size: 20,
      intermediate_size: 80,
      num_attention_heads: 2,
      max_position_embeddings: 40,
      vocab_size: 50,
      bos_token_id: 48,
      eos_token_id: 49,
    },
  })
})

test("another model's config.json beside a file stays as it is; that of a folder is replaced", async () => {
  mkdirSync(inFolder('own'))
  writeFileSync(inFolder('own/config.json'), '{}')
  const wrong = convertCheckpoint(clipFile('openai'), inFolder('own/x.safetensors'), {
    to: 'hugging-face',
    heads,
  })
  assert.ok(hasCode('ERR_ARGUMENT', inFolder('own/config.json'), 'folder')(await rejection(wrong)))
  assert.not.ok(existsSync(inFolder('own/x.safetensors')))
  for (const name of ['own', 'own/x.safetensors'])
    await convert(clipFile('openai'), name, { to: 'hugging-face' })
  assert.is(JSON.parse(readFileSync(inFolder('own/config.json'), 'utf8')).model_type, 'clip')
})

test('a config.json that a folder has of another layout is removed and told; what is no model stays', async () => {
  const to = (layout: LayoutName) =>
    convertCheckpoint(clipFile('openai'), inFolder('changed'), { to: layout, heads })
  const config = inFolder('changed/config.json')
  assert.is((await to('hugging-face')).config, config)
  const { removed, weights } = await to('openai')
  assert.is(removed, config)
  assert.not.ok(existsSync(config))
  assert.ok(existsSync(weights))
  assert.is((await to('openai')).removed, undefined)
  for (const text of ['{"name": "a project"}', '[]', 'no JSON']) {
    writeFileSync(config, text)
    assert.is((await to('openai')).removed, undefined)
    assert.is(readFileSync(config, 'utf8'), text)
  }
})

test('what cannot be converted says why, and leaves nothing behind', async () => {
  const own = await saveSmallViClip(folder)
  const out = inFolder('never')
  for (const to of ['openai', 'hugging-face'] as const)
    assert.ok(hasCode('ERR_ARGUMENT', own, 'no CLIP')(await rejection(convertCheckpoint(own, out, { to }))))
  const unknown = convertCheckpoint(own, out, { to: 'toString' as LayoutName })
  assert.ok(hasCode('ERR_ARGUMENT', '"toString"', 'hugging-face')(await rejection(unknown)))
  const vifi = convertCheckpoint(clipFile('vifi'), out, { to: 'openai', heads })
  assert.ok(hasCode('ERR_CHECKPOINT', 'token embedding', '--base')(await rejection(vifi)))
  const stopped = AbortSignal.abort(new Error('stop'))
  const aborted = convertCheckpoint(clipFile('openai'), out, { to: 'openai', heads, signal: stopped })
  assert.is(await rejection(aborted), stopped.reason)
  assert.not.ok(existsSync(out))
  const blocked = convertCheckpoint(clipFile('openai'), path.join(own, 'x'), { to: 'openai', heads })
  assert.ok(hasCode('ERR_FILE', path.join(own, 'x'))(await rejection(blocked)))
})

test('a ViCLIP may be converted in its place', async () => {
  const file = inFolder('place.safetensors')
  const model = ViClipModel.random(device, SMALL_VICLIP, 4)
  await saveViClip(model, file)
  const before = await valuesOf(model)
  await convertCheckpoint(file, file, { to: 'viclip' })
  assert.equal(await valuesOf(await loadViClip(device, file)), before)
})

conversions.run()
