import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readAll, type TensorToWrite, writeSafetensors } from '../../lib/formats/safetensors.js'
import { loadViClip, saveViClip } from '../../lib/models/viclip/checkpoint.js'
import { interpolateSpatial, interpolateTemporal } from '../../lib/models/viclip/interpolate.js'
import { ViClipModel } from '../../lib/models/viclip/model.js'
import type { ViClipConfig } from '../../lib/models/viclip/sizes.js'
import { ViCLIP } from '../../lib/recognition/viclip.js'
import { testDevice } from '../support/device.js'
import { hasCode, rejection } from '../support/errors.js'
import { observe, quote } from '../support/observe.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'

const checkpoints = suite('ViCLIP checkpoints')
const test = noLeaks(checkpoints)
const device = testDevice()
const { folder, remove } = makeFolder()
const CONFIG: ViClipConfig = {
  video: { resolution: 12, patchSize: 4, frames: 4, width: 12, layers: 2, heads: 3 },
  text: { width: 10, layers: 1, heads: 2, contextLength: 6, vocabularySize: 20 },
  embedDim: 7,
}
const HEADS = { videoHeads: 3, textHeads: 2 }
const file = path.join(folder, 'model.safetensors')
let stored: Map<string, Float32Array>

async function valuesOf(model: ViClipModel): Promise<Map<string, Float32Array>> {
  return new Map([...(await model.parameters.values())].map(([name, { data }]) => [name, data]))
}

async function contents(from = file): Promise<Map<string, TensorToWrite>> {
  const { tensors } = await readAll(from)
  return new Map(
    [...tensors].map(([name, { shape, data }]) => [
      name,
      { dtype: 'F32', shape, data: data as Float32Array },
    ]),
  )
}

async function write(name: string, tensors: Map<string, TensorToWrite>): Promise<string> {
  const target = path.join(folder, name)
  await writeSafetensors(target, tensors)
  return target
}

checkpoints.before(async () => {
  const model = ViClipModel.random(device, CONFIG, 11)
  model.temperature = 0.03125
  stored = await valuesOf(model)
  await saveViClip(model, file)
  model.dispose()
})
checkpoints.after(remove)

test('random models are those of their seed', async () => {
  const models = [11, 11, 12].map((seed) => ViClipModel.random(device, CONFIG, seed))
  const [first, second, third] = await Promise.all(models.map(valuesOf))
  assert.equal(first, second)
  for (const [name, values] of first!) {
    const isConstant = name.endsWith('bias') || name.includes('.ln_')
    const same = values.every((value, i) => value === third!.get(name)![i])
    assert.is(same, isConstant, name)
    if (isConstant)
      assert.ok(
        values.every((value) => value === (name.endsWith('.weight') ? 1 : 0)),
        name,
      )
  }
  for (const model of models) model.dispose()
})

test('random tensors of one size differ from each other', () => {
  const sameSize = [...stored].filter(([name]) => name.endsWith('c_fc.weight') && name.startsWith('vision'))
  assert.is(sameSize.length, 2)
  assert.not.equal(sameSize[0]![1], sameSize[1]![1])
})

test('what is saved is what is loaded, bit by bit, and told to onProgress', async () => {
  const seen: { done: number; total: number }[] = []
  for (const options of [
    {},
    { onProgress: (progress: { done: number; total: number }) => seen.push(progress) },
  ]) {
    const model = await loadViClip(device, file, options)
    assert.equal(model.config, CONFIG)
    assert.equal(await valuesOf(model), stored)
    assert.is(model.temperature, 0.03125, 'temp')
    model.dispose()
  }
  assert.is(seen.length, stored.size)
  const bytes = [...stored.values()].reduce((sum, { byteLength }) => sum + byteLength, 4)
  assert.equal(seen.at(-1), { done: bytes - 4, total: bytes })
  assert.ok(seen.every(({ done }, i) => i === 0 || done > seen[i - 1]!.done))
})

test('a folder stands for its model.safetensors; heads may be given', async () => {
  const model = await loadViClip(device, folder, { heads: { videoHeads: 2, textHeads: 5 } })
  assert.equal([model.config.video.heads, model.config.text.heads], [2, 5])
  model.dispose()
})

test('F16, BF16 and F64 files load, rounded as they are', async () => {
  const given = await contents()
  const digits: Record<string, number> = { F16: 2 ** -11, BF16: 2 ** -8, F64: 0 }
  for (const dtype of ['F16', 'BF16', 'F64'] as const) {
    const converted = new Map(
      [...given].map(([name, tensor]) => {
        const data = tensor.data as Float32Array
        return [name, { ...tensor, dtype, data: dtype === 'F64' ? Float64Array.from(data) : data }] as const
      }),
    )
    const model = await loadViClip(device, await write(`${dtype}.safetensors`, converted), { heads: HEADS })
    assert.is(model.temperature, 0.03125, dtype)
    let differences = 0
    for (const [name, values] of await valuesOf(model)) {
      const exact = stored.get(name)!
      for (const [i, value] of values.entries()) {
        assert.ok(
          Math.abs(value - exact[i]!) <= Math.abs(exact[i]!) * digits[dtype]! + 3e-8,
          `${dtype} ${name}`,
        )
        if (value !== exact[i]) differences++
      }
    }
    assert.is(differences > 100, dtype !== 'F64', `${dtype} was ${differences > 100 ? '' : 'not '}rounded`)
    model.dispose()
  }
})

test('a bfloat16 model holds rounded weights and saves them', async () => {
  const model = await loadViClip(device, file, { dtype: 'bfloat16' })
  const name = 'vision_encoder.proj'
  assert.is(model.parameters.get(name).dtype, 'bfloat16')
  const values = (await valuesOf(model)).get(name)!
  const exact = stored.get(name)!
  assert.ok(values.every((value, i) => Math.abs(value - exact[i]!) <= Math.abs(exact[i]!) * 2 ** -8))
  const again = path.join(folder, 'again.safetensors')
  await saveViClip(model, again)
  const reread = await loadViClip(device, again)
  assert.equal((await valuesOf(reread)).get(name), values)
  reread.dispose()
  model.dispose()
})

test('other frame counts and resolutions interpolate the two embeddings alone', async () => {
  const model = await loadViClip(device, file, { frames: 7, resolution: 20 })
  assert.equal(model.config, { ...CONFIG, video: { ...CONFIG.video, frames: 7, resolution: 20 } })
  const values = await valuesOf(model)
  const spatial = 'vision_encoder.positional_embedding'
  const temporal = 'vision_encoder.temporal_positional_embedding'
  assert.equal(values.get(spatial), interpolateSpatial(stored.get(spatial)!, 3, 5, 12))
  assert.equal(values.get(temporal), interpolateTemporal(stored.get(temporal)!, 4, 7, 12))
  assert.equal([...model.parameters.get(spatial).shape], [26, 12])
  for (const [name, data] of values)
    if (name !== spatial && name !== temporal) assert.equal(data, stored.get(name), name)
  const video = { data: new Float32Array(3 * 7 * 400).fill(0.1), shape: [1, 3, 7, 20, 20] }
  const tokens = { data: [1, 2, 3], shape: [1, 3] as const }
  const { Tensor } = await import('../../lib/tensor/tensor.js')
  const { scope } = await import('../../lib/tensor/scope.js')
  const outputs = scope(() => [
    model.encodeVideo(Tensor.from(device, video.data, video.shape as never)),
    model.encodeText(tokens),
  ])
  for (const output of outputs) {
    assert.equal([...output.shape], [1, 7])
    assert.ok((await output.data()).every(Number.isFinite))
    output.dispose()
  }
  model.dispose()
})

test('a resolution that is no whole number of patches is refused', async () => {
  const error = await rejection(loadViClip(device, file, { resolution: 14 }))
  assert.ok(hasCode('ERR_ARGUMENT', '14', '4')(error))
})

test('missing, unexpected and mis-shaped tensors are all named, with the file', async () => {
  const tensors = await contents()
  tensors.delete('vision_encoder.ln_post.bias')
  tensors.delete('text_encoder.transformer.resblocks.0.attn.out_proj.weight')
  tensors.set('text_encoder.extra', { dtype: 'F32', shape: [1], data: Float32Array.of(1) })
  tensors.set('vision_encoder.proj', { dtype: 'F32', shape: [7, 12], data: new Float32Array(84) })
  const bad = await write('bad.safetensors', tensors)
  // 12 outputs of [7, 12]: the shapes themselves are now those of another model.
  const error = await rejection(loadViClip(device, bad, { heads: HEADS }))
  const parts = [
    bad,
    'missing: ',
    'vision_encoder.ln_post.bias',
    'text_encoder.transformer.resblocks.0.attn.out_proj.weight',
    'unexpected: text_encoder.extra',
    'mis-shaped: ',
    'vision_encoder.proj [7,12] instead of [12,12]',
  ]
  assert.ok(hasCode('ERR_CHECKPOINT', ...parts)(error))
  assert.is((error as { file?: string }).file, bad)
  observe('weights', quote(error))
})

test("tensors beside the encoders' are ignored", async () => {
  const tensors = await contents()
  tensors.set('optimizer.step', { dtype: 'F32', shape: [1], data: Float32Array.of(1) })
  const model = await loadViClip(device, await write('more.safetensors', tensors), { heads: HEADS })
  assert.equal(await valuesOf(model), stored)
  model.dispose()
})

test('files that are not there or no models are refused by name', async () => {
  const nowhere = path.join(folder, 'nowhere')
  for (const missing of [nowhere, `${nowhere}.safetensors`]) {
    assert.ok(hasCode('ERR_FILE', missing)(await rejection(loadViClip(device, missing))))
    assert.ok(hasCode('ERR_FILE', missing)(await rejection(ViCLIP.load(missing, { device: 'cpu' }))))
  }
  const empty = path.join(folder, 'empty')
  mkdirSync(empty)
  assert.ok(hasCode('ERR_FILE', empty, 'model.safetensors')(await rejection(loadViClip(device, empty))))
  const torch = path.join(folder, 'model.pth')
  writeFileSync(torch, 'x')
  assert.ok(hasCode('ERR_FORMAT', torch)(await rejection(loadViClip(device, torch))))
  const junk = path.join(folder, 'junk.safetensors')
  writeFileSync(junk, 'not a model at all')
  assert.ok(hasCode('ERR_FORMAT', junk)(await rejection(loadViClip(device, junk))))
  const other = await write(
    'other.safetensors',
    new Map([['x', { dtype: 'F32', shape: [1], data: Float32Array.of(1) }]]),
  )
  assert.ok(hasCode('ERR_CHECKPOINT', other)(await rejection(loadViClip(device, other))))
  assert.ok(
    hasCode('ERR_ARGUMENT', 'random:huge')(await rejection(ViCLIP.load('random:huge', { device: 'cpu' }))),
  )
})

test('an abort while loading rejects with its reason and keeps no memory', async () => {
  const reason = new Error('enough')
  assert.is(await rejection(ViCLIP.load(file, { device: 'cpu', signal: AbortSignal.abort(reason) })), reason)
  const controller = new AbortController()
  const onProgress = ({ done }: { done: number }) => {
    if (done > 0) controller.abort(reason)
  }
  assert.is(await rejection(loadViClip(device, file, { signal: controller.signal, onProgress })), reason)
  const random = new AbortController()
  const loading = rejection(ViCLIP.load('random:tiny', { device: 'cpu', signal: random.signal }))
  random.abort(reason)
  assert.is(await loading, reason)
})

checkpoints.run()
