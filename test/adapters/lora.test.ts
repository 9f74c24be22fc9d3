import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LoRA } from '../../lib/adapters/lora/lora.js'
import { readAll } from '../../lib/formats/safetensors.js'
import { saveViClip } from '../../lib/models/viclip/checkpoint.js'
import type { ModelDType, ViClipModel } from '../../lib/models/viclip/model.js'
import { assertClose, errorOf } from '../models/differentiate.js'
import { untrivialModel } from '../models/whole-encoders.js'
import { hasCode } from '../support/errors.js'
import { countOf, launchesOf } from '../support/launches.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'
import { CONFIG, features, OPTIONS, untrivialAdapter } from './adapted-model.js'

const adapters = suite('LoRA')
const test = noLeaks(adapters)
const { folder, remove } = makeFolder()
adapters.after(remove)

async function withLora(
  body: (adapter: LoRA, model: ViClipModel) => Promise<void>,
  dtype?: ModelDType,
): Promise<void> {
  const model = untrivialModel(CONFIG, 21, dtype)
  const adapter = untrivialAdapter(model, OPTIONS.lora) as LoRA
  try {
    await body(adapter, model)
  } finally {
    adapter.dispose()
    model.dispose()
  }
}

const weightsOf = async (model: ViClipModel) =>
  new Map([...(await model.parameters.values())].map(([name, { data }]) => [name, data]))

test('merged, the weights are W + alpha / r * B A in queries and values, in all else the same bits', () =>
  withLora(async (adapter, model) => {
    const before = await weightsOf(model)
    adapter.merge()
    assert.ok(adapter.isMerged)
    const after = await weightsOf(model)
    const tuned = new Set<string>()
    for (const [encoder, prefix, blocks] of [
      ['video', 'vision_encoder', [1, 2]],
      ['text', 'text_encoder', [1]],
    ] as const)
      for (const block of blocks) {
        const name = `${prefix}.transformer.resblocks.${block}.attn.in_proj_weight`
        tuned.add(name)
        const down = await adapter.parameters.get(`${encoder}.${block}.down`).data()
        const up = await adapter.parameters.get(`${encoder}.${block}.up`).data()
        const { width } = CONFIG[encoder]
        const [rank, scale] = [3, 2 / 3]
        const expected = before.get(name)!.map((value, at) => {
          const row = Math.floor(at / width)
          const part = Math.floor(row / width)
          if (part === 1) return value
          let update = 0
          for (let r = 0; r < rank; r++) {
            const b = up[((part / 2) * width + (row % width)) * rank + r]!
            update += b * down[((part / 2) * rank + r) * width + (at % width)]!
          }
          return value + scale * update
        })
        assertClose(after.get(name)!, expected, 1e-7, name)
        const keys = [width * width, 2 * width * width] as const
        assert.equal(after.get(name)!.slice(...keys), before.get(name)!.slice(...keys), `${name}, keys`)
      }
    for (const [name, data] of after) if (!tuned.has(name)) assert.equal(data, before.get(name), name)
  }))

for (const [dtype, allowed] of [
  ['float32', 2e-6],
  // The update is rounded with the weight it is added to, here to 8 bits.
  ['bfloat16', 1e-2],
] as const)
  test(`${dtype}: merged, the model computes the same without the adapter; unmerged, what it did before`, () =>
    withLora(async (adapter, model) => {
      const plain = await features(model, null)
      const adapted = await features(model, adapter)
      adapter.merge()
      adapter.merge()
      const merged = await features(model, adapter)
      assert.equal(await features(model, null), merged, 'the adapter acts twice')
      for (const encoder of ['video', 'text'] as const) {
        assert.ok(errorOf(plain[encoder], adapted[encoder]) > 10 * allowed, `${encoder}: nothing to merge`)
        assertClose(merged[encoder], adapted[encoder], allowed, encoder)
      }
      adapter.unmerge()
      adapter.unmerge()
      assert.not(adapter.isMerged)
      assert.equal(await features(model, null), plain)
      assert.equal(await features(model, adapter), adapted)
    }, dtype))

test('a merged model is saved merged, and stays so without its adapter; merged, it does not train', () =>
  withLora(async (adapter, model) => {
    adapter.merge()
    assert.throws(() => adapter.setTraining({ seed: 1, step: 0 }), hasCode('ERR_ARGUMENT', 'unmerge'))
    const file = path.join(folder, 'merged.safetensors')
    await saveViClip(model, file)
    const { tensors } = await readAll(file)
    for (const [name, data] of await weightsOf(model)) assert.equal(tensors.get(name)!.data, data, name)
    const merged = await features(model, null)
    adapter.dispose()
    adapter.unmerge()
    assert.equal(await features(model, null), merged)
  }))

test('each adapted block adds two products, over the tokens there are', () =>
  withLora(async (adapter, model) => {
    const plain = await launchesOf(model.device, () => features(model, null))
    const adapted = await launchesOf(model.device, () => features(model, adapter))
    const [before, after] = [countOf(plain), countOf(adapted)]
    assert.is(after.linear_forward! - before.linear_forward!, 2 * 3)
    const rows = adapted
      .filter(({ op, numbers }) => op === 'linear_forward' && numbers[2] === 2 * 3)
      .map(({ numbers }) => numbers[0])
    assert.equal(rows, [26, 26, 3 + 5 + 3])
    adapter.merge()
    assert.is(
      countOf(await launchesOf(model.device, () => features(model, adapter))).linear_forward,
      before.linear_forward,
    )
  }))

test('by default it is the one of the paper: rank 256 in all blocks of the video encoder, alpha the rank', () => {
  const model = untrivialModel(CONFIG, 21)
  const [standard, narrow] = [LoRA.attach(model), LoRA.attach(model, { rank: 4 })]
  assert.equal(standard.config, { rank: 256, alpha: 256, video: true, text: false, layers: [1, 2, 3] })
  assert.is(narrow.config.alpha, 4)
  for (const each of [standard, narrow, model]) each.dispose()
})

adapters.run()
