/** ViCLIP from PyTorch checkpoints: the same numbers as from safetensors. */
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readAll } from '../../lib/formats/safetensors.js'
import { loadViClip, saveViClip } from '../../lib/models/viclip/checkpoint.js'
import { ViClipModel } from '../../lib/models/viclip/model.js'
import { packageRoot } from '../../lib/runtime/package-root.js'
import { legacy, opcodes, tensor, text } from '../formats/torch-fixtures.js'
import { testDevice } from '../support/device.js'
import { hasCode, rejection } from '../support/errors.js'
import { skipUnless } from '../support/skip.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'

const checkpoints = suite('ViCLIP from PyTorch checkpoints')
const test = noLeaks(checkpoints)
const device = testDevice()
const { folder, remove } = makeFolder()
checkpoints.after(remove)

const HEADS = { videoHeads: 3, textHeads: 2 }
const model = path.join(folder, 'model.pth')
const safetensors = path.join(folder, 'model.safetensors')

/** The matrix with its rows as columns. */
function transposed(values: Float32Array, rows: number, columns: number): number[] {
  return Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!)
}

/** A checkpoint as a training program leaves it, its matrices stored by columns. */
async function writeCheckpoint(leftOut?: string): Promise<void> {
  const storages: Record<string, number[]> = {}
  const items: Buffer[] = []
  for (const [name, { shape, data }] of (await readAll(safetensors)).tensors) {
    if (name === leftOut) continue
    const values = data as Float32Array
    const [rows, columns] = shape as [number, number]
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1))
    const isMatrix = shape.length === 2
    const key = String(items.length)
    storages[key] = isMatrix ? transposed(values, rows, columns) : [...values]
    items.push(text(name), tensor(key, values.length, 0, shape, isMatrix ? [1, rows] : strides))
  }
  const state = opcodes('}(', text('vision_encoder.proj'), tensor('0', storages[0]!.length, 0, [1], [1]), 'u')
  const whole = opcodes('}(', text('model'), '}(', ...items, 'u', text('optimizer'), state, 'u')
  writeFileSync(model, legacy(whole, storages))
}

async function valuesOf(file: string, heads = HEADS): Promise<Map<string, Float32Array>> {
  const loaded = await loadViClip(device, file, { heads })
  const values = await loaded.parameters.values()
  loaded.dispose()
  return new Map([...values].map(([name, { data }]) => [name, data]))
}

checkpoints.before(async () => {
  const random = ViClipModel.random(
    device,
    {
      video: { resolution: 12, patchSize: 4, frames: 4, width: 12, layers: 2, heads: 3 },
      // So many words that their embedding is set in several pieces.
      text: { width: 10, layers: 1, heads: 2, contextLength: 6, vocabularySize: 110_000 },
      embedDim: 7,
    },
    13,
  )
  await saveViClip(random, safetensors)
  random.dispose()
})

test('tensors under "model", with strides or without, load as they were saved', async () => {
  await writeCheckpoint()
  assert.equal(await valuesOf(model), await valuesOf(safetensors))
})

test('what a checkpoint lacks is named', async () => {
  await writeCheckpoint('text_encoder.ln_final.bias')
  const loading = loadViClip(device, model, { heads: HEADS })
  hasCode('ERR_CHECKPOINT', model, 'missing: model.text_encoder.ln_final.bias')(await rejection(loading))
})

const tiny = path.join(packageRoot, '../shared/fixtures/tiny.model')
const sharedTest = skipUnless(checkpoints, existsSync(`${tiny}.pth`), `there is no ${tiny}.pth`)
sharedTest('a pair of .pth and .safetensors by PyTorch loads the same', async () => {
  const heads = { videoHeads: 2, textHeads: 3 }
  assert.equal(await valuesOf(`${tiny}.pth`, heads), await valuesOf(`${tiny}.safetensors`, heads))
})

checkpoints.run()
