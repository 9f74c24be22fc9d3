/** Checkpoints and adapter files damaged by the thousand: restored as they were, or refused by name; nothing half. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { attachAdapter, loadAdapter } from '../../lib/adapters/methods.js'
import { METADATA_KEY, PREFIX_BYTES } from '../../lib/formats/safetensors-header.js'
import { ViClipModel } from '../../lib/models/viclip/model.js'
import { restoreCheckpoint, saveCheckpoint } from '../../lib/train/checkpoint.js'
import { AdamW } from '../../lib/train/optimizer.js'
import { CONFIG, OPTIONS } from '../adapters/adapted-model.js'
import { type Chance, chance, changedJson, damaged, isMixed, readEach } from '../support/damage.js'
import { testDevice } from '../support/device.js'
import { noLeaks } from '../tensor/no-leaks.js'

const folder = mkdtempSync(path.join(tmpdir(), 'msta-hostile-checkpoints-'))
const file = path.join(folder, 'checkpoint', 'last.safetensors')
const hostile = suite('hostile checkpoints and adapters')
const test = noLeaks(hostile)
hostile.after(() => rmSync(folder, { recursive: true }))

const IDENTITY = { recipe: { epochs: 2 }, labels: ['a', 'b'] }
const POSITION = { step: 4, validated: 1, best: 0.5 }

/** A safetensors file with another header; the values are as they were. */
function withHeader(whole: Buffer, change: (header: Record<string, unknown>) => unknown): Buffer {
  const end = PREFIX_BYTES + Number(whole.readBigUInt64LE())
  const header = JSON.parse(whole.toString('utf8', PREFIX_BYTES, end)) as Record<string, unknown>
  const json = Buffer.from(JSON.stringify(change(header)))
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.writeBigUInt64LE(BigInt(json.length))
  return Buffer.concat([prefix, json, whole.subarray(end)])
}

/** Metadata whose JSON texts are of another form, shapes and types that fit no more. */
function withOddHeader(whole: Buffer, draws: Chance): Buffer {
  return withHeader(whole, (header) => {
    const metadata = header[METADATA_KEY] as Record<string, string>
    const key = draws.pick(Object.keys(metadata))
    if (draws.below(4) === 0) return changedJson(header, draws)
    if (draws.below(4) === 0) delete metadata[key]
    else if (/^[{[]/.test(metadata[key]!))
      metadata[key] = JSON.stringify(changedJson(JSON.parse(metadata[key]!), draws))
    else metadata[key] = damaged(Buffer.from(metadata[key]!), draws).toString()
    return header
  })
}

/** The same values under another type of the same size. */
const withOtherType = (whole: Buffer, draws: Chance): Buffer =>
  withHeader(whole, (header) => {
    const names = Object.keys(header).filter((name) => name !== METADATA_KEY)
    const tensor = header[draws.pick(names)] as { dtype: string }
    tensor.dtype = draws.pick(['I32', 'U32'])
    return header
  })

test('a checkpoint: 1500 damaged copies', async () => {
  const model = ViClipModel.random(testDevice(), CONFIG, 1)
  const adapter = attachAdapter(model, { ...OPTIONS.msta, seed: 3 })
  const optimizer = new AdamW(adapter.parameters.entries())
  await saveCheckpoint(file, adapter, optimizer, POSITION, IDENTITY, 1)
  const whole = readFileSync(file)
  const before = await adapter.parameters.values()
  const draws = chance(51)
  const read = async () => {
    assert.equal(await restoreCheckpoint(file, adapter, optimizer, IDENTITY), POSITION)
    assert.equal(await adapter.parameters.values(), before)
  }
  const flipped = (): Buffer => {
    const bytes = Buffer.from(whole)
    bytes[draws.below(bytes.length)]! ^= 1 << draws.below(8)
    return bytes
  }
  // One flipped bit anywhere is found out, but for a letter's case or a space of the header, if that.
  const flips = await readEach('damagedCheckpoints', file, 500, flipped, read)
  assert.ok(flips.read < 25, `${flips.read} of 500 flipped bits were not noticed`)
  await readEach('damagedCheckpoints', file, 500, () => damaged(whole, draws), read)
  await readEach('damagedCheckpoints', file, 500, () => withOddHeader(whole, draws), read)
  const types = await readEach('damagedCheckpoints', file, 50, () => withOtherType(whole, draws), read)
  assert.is(types.read, 0)
  assert.equal(await adapter.parameters.values(), before, 'what was refused left its values')
  isMixed(await readEach('damagedCheckpoints', file, 2, (n) => (n === 0 ? whole : whole.subarray(1)), read))
  for (const each of [optimizer, adapter, model]) each.dispose()
})

for (const [method, options] of Object.entries(OPTIONS)) {
  test(`an adapter file of ${method}: 900 damaged copies`, async () => {
    const model = ViClipModel.random(testDevice(), CONFIG, 1)
    const adapter = attachAdapter(model, { ...options, seed: 3 })
    const own = path.join(folder, `${method}.safetensors`)
    await adapter.save(own)
    adapter.dispose()
    const whole = readFileSync(own)
    const draws = chance(method.length)
    const read = async () => (await loadAdapter(model, own)).dispose()
    isMixed(await readEach('damagedCheckpoints', own, 400, () => damaged(whole, draws), read))
    await readEach('damagedCheckpoints', own, 500, () => withOddHeader(whole, draws), read)
    const types = await readEach('damagedCheckpoints', own, 50, () => withOtherType(whole, draws), read)
    assert.is(types.read, 0)
    model.dispose()
  })
}

hostile.run()
