/** A hub that does not give what is asked for: busy, silent, senseless, gated, unknown, out of reach. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { MstaError } from '../../lib/index.js'
import { hasCode, rejection } from '../support/errors.js'
import { makeFolder } from '../video/helpers.js'
import { type Hub, type HubRequest, type Misbehaviour, startHub, TOKEN } from './hub-server.js'
import { pullFrom, REPOSITORY, settingsFor, someBytes } from './pulling.js'

const refusing = suite('pull: what the hub refuses')
const { folder, remove } = makeFolder()
const WEIGHTS = someBytes(300_000)
const FILES = { 'config.json': Buffer.from('{"size": "b"}'), 'model.safetensors': WEIGHTS }
let hub: Hub | undefined
let count = 0

const newCache = () => path.join(folder, `cache-${count++}`)

async function start(misbehave: (request: HubRequest) => Misbehaviour | undefined, isGated = false) {
  await hub?.close()
  hub = await startHub({ [REPOSITORY]: { files: FILES, isGated } }, misbehave)
  return settingsFor(hub.url, newCache())
}

refusing.after(async () => {
  await hub?.close()
  remove()
})

refusing('failures of the server pass, and it says how long to wait', async () => {
  const waits: [string, number][] = []
  const settings = await start(({ part, times }) => {
    if (times > 2) return undefined
    if (part === 'api') return { status: 503 }
    return part === 'contents' ? { status: 429, headers: { 'retry-after': '0.05' } } : undefined
  })
  await pullFrom(settings, REPOSITORY, { onWait: (why, ms) => waits.push([why, ms]) })
  assert.is(waits.length, 4)
  assert.match(waits[0]![0], 'answered 503')
  assert.match(waits[2]![0], 'answered 429')
  assert.equal([waits[2]![1], waits[3]![1]], [50, 50])
  const long = await start(({ part }) =>
    part === 'contents' ? { status: 429, headers: { 'retry-after': '3600' } } : undefined,
  )
  const error = await rejection(pullFrom(long))
  assert.ok(hasCode('ERR_SERVICE', '429', 'wait 60 minutes')(error))
  assert.is(hub!.contents().length, 1)
})

refusing('a hub that falls silent is asked again', async () => {
  const settings = await start(({ part, times }) => {
    if (times > 1) return undefined
    if (part === 'api') return { hangAfter: 0 }
    return part === 'contents' ? { hangAfter: 100_000 } : undefined
  })
  const waits: string[] = []
  const { weights } = await pullFrom({ ...settings, timeoutMs: 1000 }, REPOSITORY, {
    onWait: (why) => waits.push(why),
  })
  assert.equal(readFileSync(weights), WEIGHTS)
  assert.ok(waits.length >= 2 && waits.every((why) => why.includes('silent for 1 s')))
  const always = await start(() => ({ hangAfter: 0 }))
  const error = await rejection(pullFrom({ ...always, timeoutMs: 100 }))
  assert.ok(hasCode('ERR_SERVICE', 'silent for 0.1 s', 'msta pull')(error))
})

refusing('redirects without end, damaged and senseless answers', async () => {
  const onWait = () => assert.unreachable()
  const loop = await start(({ part, url }) =>
    part === 'resolve' ? { status: 302, headers: { location: url } } : undefined,
  )
  assert.ok(hasCode('ERR_SERVICE', 'redirects')(await rejection(pullFrom(loop, REPOSITORY, { onWait }))))
  const answers: [string, string][] = [
    ['{"sha":', 'damaged JSON'],
    ['{"sha": "../../etc"}', 'no commit'],
    ['<html>', 'damaged JSON'],
  ]
  for (const [text, part] of answers) {
    const settings = await start(({ part }) => (part === 'api' ? { instead: Buffer.from(text) } : undefined))
    assert.ok(hasCode('ERR_SERVICE', part)(await rejection(pullFrom(settings))))
  }
  const entry = { type: 'file', path: 'model.safetensors', size: 5, oid: '../../../x' }
  for (const file of [entry, { ...entry, path: '../model.safetensors', oid: 'a'.repeat(40) }]) {
    const settings = await start(({ url }) =>
      url.includes('/tree/') ? { instead: Buffer.from(JSON.stringify([file])) } : undefined,
    )
    assert.ok(hasCode('ERR_FILE', 'no weights')(await rejection(pullFrom(settings))))
  }
})

refusing('a gated repository needs a token, which the hub alone gets to see', async () => {
  const settings = await start(() => undefined, true)
  const without = await rejection(pullFrom(settings))
  assert.ok(hasCode('ERR_SERVICE', 'gated', `${hub!.url}/org/model`, 'HF_TOKEN')(without))
  const token = 'hf_ofSomebodyElse'
  const strange = await rejection(pullFrom({ ...settings, token }))
  assert.ok(hasCode('ERR_SERVICE', 'gated', 'has not got access')(strange))
  for (const error of [without, strange]) assert.not.match((error as MstaError).message, token)
  hub!.requests.length = 0
  await pullFrom({ ...settings, token: TOKEN })
  for (const { part, token } of hub!.requests) assert.is(token, part === 'contents' ? undefined : TOKEN)
  assert.is(hub!.contents().length, 1)
})

refusing('an unknown repository is told, with the remedy', async () => {
  const settings = await start(() => undefined)
  const unknown = await rejection(pullFrom(settings, 'org/modell'))
  assert.ok(hasCode('ERR_SERVICE', 'org/modell', 'does not exist', 'HF_TOKEN')(unknown))
  const refused = await rejection(pullFrom({ ...settings, token: TOKEN }, 'org/modell'))
  assert.ok(hasCode('ERR_SERVICE', 'check the name and the token')(refused))
  const missing = await start(() => ({ status: 404 }))
  const error = await rejection(pullFrom(missing))
  assert.ok(hasCode('ERR_SERVICE', 'org/model (main)', 'nor a file or folder here')(error))
  assert.is(hub!.requests.length, 1)
})

refusing('without a network the cache is taken, and without that the error says so', async () => {
  const settings = await start(() => undefined)
  const before = await pullFrom(settings)
  await hub!.close()
  const notes: string[] = []
  const pulled = await pullFrom(settings, REPOSITORY, { onNote: (note) => notes.push(note) })
  assert.is(pulled.weights, before.weights)
  assert.match(notes.join(), 'cannot be reached')
  const error = await rejection(pullFrom({ ...settings, cache: newCache() }))
  assert.ok(hasCode('ERR_SERVICE', 'cannot be reached', 'msta pull org/model')(error))
  hub = undefined
})

refusing.run()
