import { readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { attachAdapter, ViCLIP } from '../../lib/index.js'
import { SMALL_CLIP, saveSmallViClip } from '../models/small-viclip.js'
import { FIXTURES, makeFolder, msta, mstaJson } from './helpers.js'

const convert = suite('msta convert')
const { folder, remove } = makeFolder()
convert.after(remove)

const source = (name: string) => path.join(FIXTURES, 'torch', name)
const out = path.join(folder, 'model.safetensors')

convert('writes safetensors and tells what is in them', async () => {
  const { status, json, stderr } = await mstaJson(['convert', source('zip.pth'), out, '--dtype', 'float16'])
  assert.is(stderr, '')
  assert.is(status, 0)
  assert.equal(json, { tensors: 30, parameters: 403, bytes: 893, out })
  const again = await msta(['convert', out, out])
  assert.is(again.stdout, `wrote ${out}: 30 tensors, 403 parameters, 0.0 MB\n`)
})

convert('a checkpoint with code is refused with status 1', async () => {
  const { status, stdout, stderr } = await msta(['convert', source('evil.pth'), out])
  assert.is(status, 1)
  assert.is(stdout, '')
  for (const part of ['posix.system', 'Nothing of it was run', 'ERR_FORMAT']) assert.match(stderr, part)
})

convert('--to writes another layout, and tells what was made and left out', async () => {
  const clip = await saveSmallViClip(folder, 3, SMALL_CLIP)
  const hub = path.join(folder, 'hub')
  const { json, status } = await mstaJson<Record<string, unknown>>([
    'convert',
    clip,
    hub,
    '--to',
    'hugging-face',
  ])
  assert.is(status, 0)
  assert.equal(json.config, path.join(hub, 'config.json'))
  assert.equal([json.weights, json.made, json.left], [path.join(hub, 'model.safetensors'), [], []])
  const viclip = path.join(folder, 'viclip.safetensors')
  const made = await msta(['convert', hub, viclip, '--to', 'viclip'])
  const [wrote, ...lines] = made.stdout.trim().split('\n')
  assert.match(wrote!, `wrote ${viclip}: `)
  assert.equal(lines, [
    'made vision_encoder.temporal_positional_embedding: zeros',
    'made temp: exp(-logit_scale)',
  ])
  const back = await msta(['convert', viclip, hub, '--to', 'openai'])
  assert.is(back.status, 2)
  assert.match(back.stderr, 'is no CLIP')
})

convert('--to peft and back gives the same adapter, which --adapter takes in both forms', async () => {
  const clip = await saveSmallViClip(folder, 3, SMALL_CLIP)
  const model = await ViCLIP.load(clip, { device: 'cpu' })
  const adapter = attachAdapter(model, { method: 'lora', rank: 2 })
  const file = path.join(folder, 'adapter.safetensors')
  await adapter.save(file)
  adapter.dispose()
  model.dispose()
  const peft = path.join(folder, 'peft')
  assert.is((await msta(['convert', file, peft, '--to', 'peft', '--base', 'my/clip'])).status, 0)
  const config = JSON.parse(readFileSync(path.join(peft, 'adapter_config.json'), 'utf8'))
  assert.equal([config.peft_type, config.base_model_name_or_path], ['LORA', 'my/clip'])
  const again = path.join(folder, 'again.safetensors')
  assert.is((await msta(['convert', peft, again, '--to', 'msta'])).status, 0)
  assert.equal(readFileSync(again), readFileSync(file))
  // The adapter is opened before any video.
  const predict = ['predict', 'none.mp4', '--labels', 'a,b', '--device', 'cpu', '--model']
  const taken = await msta([...predict, clip, '--adapter', peft])
  assert.match(taken.stderr, 'none.mp4')
  const refused = await msta([...predict, 'random:tiny', '--adapter', peft])
  assert.is(refused.status, 1)
  assert.match(refused.stderr, 'made for another model')
})

convert('wrong calls exit with 2', async () => {
  const wrong = [
    ['a', 'b', '--to', 'onnx'],
    ['a', 'b', '--base', 'c'],
    ['a', 'b', '--to', 'msta', '--base', 'c'],
  ]
  for (const args of [[], ['a'], ['a', 'b', 'c'], ['a', 'b', '--dtype', 'int8'], ...wrong]) {
    const { status, stderr } = await msta(['convert', ...args])
    assert.is(status, 2, stderr)
  }
})

convert.run()
