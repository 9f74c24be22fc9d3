/** Downloads that break: cut, short, long, wrong, slow, refused. */
import { existsSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { MstaError } from '../../lib/index.js'
import { hasCode, rejection } from '../support/errors.js'
import { skipUnless } from '../support/skip.js'
import { makeFolder } from '../video/helpers.js'
import { type Hub, type HubRequest, type Misbehaviour, startHub, TOKEN } from './hub-server.js'
import { blobsIn, pullFrom, REPOSITORY, refIn, settingsFor, someBytes, watchProgress } from './pulling.js'

const breaking = suite('pull: what breaks')
const { folder, remove } = makeFolder()
const CONFIG = Buffer.from('{"size": "b"}')
const WEIGHTS = someBytes(300_000)
const FILES = { 'config.json': CONFIG, 'model.safetensors': WEIGHTS }
let hub: Hub | undefined
let count = 0

const newCache = () => path.join(folder, `cache-${count++}`)

async function start(misbehave: (request: HubRequest) => Misbehaviour | undefined, isGated = false) {
  await hub?.close()
  hub = await startHub({ [REPOSITORY]: { files: FILES, isGated } }, misbehave)
  return settingsFor(hub.url, newCache())
}

/** Misbehaves for the first requests for the weights. */
const firstContents =
  (...wrongs: Misbehaviour[]) =>
  ({ part, times }: HubRequest) =>
    part === 'contents' ? wrongs[times - 1] : undefined

/** Misbehaves for every request for the weights. */
const allContents =
  (wrong: Misbehaviour) =>
  ({ part }: HubRequest) =>
    part === 'contents' ? wrong : undefined

/** That nothing of the weights is there that anyone could take for them. */
function assertNothing(cache: string): void {
  assert.equal(
    blobsIn(cache).filter((name) => name.length === 64),
    [],
  )
  assert.is(refIn(cache), undefined)
}

breaking.after(async () => {
  await hub?.close()
  remove()
})

breaking('a connection that is cut, or an end that comes early, is gone on from', async () => {
  for (const how of ['cutAfter', 'endAfter'] as const) {
    const { onProgress, until } = watchProgress()
    const settings = await start(
      firstContents(
        { [how]: 100_000, arrived: until(CONFIG.length + 100_000) } as Misbehaviour,
        { [how]: 50_000, arrived: until(CONFIG.length + 150_000) } as Misbehaviour,
      ),
    )
    const waits: string[] = []
    const { weights } = await pullFrom(settings, REPOSITORY, {
      onProgress,
      onWait: (why) => waits.push(why),
    })
    assert.equal(readFileSync(weights), WEIGHTS)
    assert.equal(
      hub!.contents().map(({ range }) => range),
      [undefined, 'bytes=100000-', 'bytes=150000-'],
    )
    assert.is(waits.length, 2)
    assert.is(blobsIn(settings.cache).length, 2)
  }
})

breaking('a hub that knows no ranges sends all again', async () => {
  const { onProgress, until } = watchProgress()
  const cut = { cutAfter: 100_000, arrived: until(CONFIG.length + 100_000) }
  const settings = await start(firstContents(cut, { isWithoutRanges: true }))
  const { weights } = await pullFrom(settings, REPOSITORY, { onProgress })
  assert.is(hub!.contents()[1]!.range, 'bytes=100000-')
  assert.equal(readFileSync(weights), WEIGHTS)
})

breaking('what never gets further ends, and the next pull goes on from there', async () => {
  const { onProgress, until } = watchProgress()
  const arrived = until(CONFIG.length + 100_000)
  const settings = await start(({ part, times }) => {
    if (part !== 'contents') return undefined
    return times === 1 ? { cutAfter: 100_000, arrived } : { cutAfter: 0 }
  })
  const error = await rejection(pullFrom(settings, REPOSITORY, { onProgress }))
  assert.ok(hasCode('ERR_SERVICE', 'org/model', 'msta pull')(error))
  assert.is(hub!.contents().length, 5)
  assertNothing(settings.cache)
  await hub!.close()
  hub = await startHub({ [REPOSITORY]: { files: FILES } })
  const { weights } = await pullFrom({ ...settings, endpoint: hub.url })
  assert.equal(readFileSync(weights), WEIGHTS)
  assert.equal(
    hub.contents().map(({ range }) => range),
    ['bytes=100000-'],
  )
  assert.equal(
    blobsIn(settings.cache).filter((name) => name.includes('incomplete')),
    [],
  )
})

breaking('connections that bring much are no failures, however many they are', async () => {
  const large = someBytes(9 * 2 ** 20)
  await hub?.close()
  const { onProgress, until } = watchProgress()
  hub = await startHub({ [REPOSITORY]: { files: { 'model.safetensors': large } } }, ({ part, times }) =>
    part === 'contents' ? { cutAfter: 2 ** 20, arrived: until(times * 2 ** 20) } : undefined,
  )
  const { weights } = await pullFrom(settingsFor(hub.url, newCache()), REPOSITORY, { onProgress })
  assert.equal(readFileSync(weights), large)
  assert.is(hub.contents().length, 9)
})

breaking('wrong bytes are never kept', async () => {
  const wrong = Buffer.from(WEIGHTS)
  wrong[123_456]! ^= 1
  const once = await start(firstContents({ instead: wrong }))
  assert.equal(readFileSync((await pullFrom(once)).weights), WEIGHTS)
  const wrongs: [Misbehaviour, string][] = [
    [{ instead: wrong }, 'checksum is wrong'],
    [{ extra: Buffer.from('more') }, 'more than 300000 bytes'],
    [{ extra: someBytes(1_000_000, 'more') }, 'more than 300000 bytes'],
  ]
  for (const [misbehaviour, part] of wrongs) {
    const settings = await start(allContents(misbehaviour))
    const error = await rejection(pullFrom(settings))
    assert.ok(hasCode('ERR_SERVICE', 'model.safetensors', part)(error))
    assert.is(hub!.contents().length, 2)
    assertNothing(settings.cache)
    assert.is(blobsIn(settings.cache).length, 1, 'only the configuration')
  }
})

breaking('failures of the server pass, and it says how long to wait', async () => {
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
  const long = await start(allContents({ status: 429, headers: { 'retry-after': '3600' } }))
  const error = await rejection(pullFrom(long))
  assert.ok(hasCode('ERR_SERVICE', '429', 'wait 60 minutes')(error))
  assert.is(hub!.contents().length, 1)
})

breaking('a hub that falls silent is asked again', async () => {
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

breaking('redirects without end, damaged and senseless answers', async () => {
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

breaking('a gated repository needs a token, which the hub alone gets to see', async () => {
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

breaking('an unknown repository is told, with the remedy', async () => {
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

breaking('without a network the cache is taken, and without that the error says so', async () => {
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

breaking('an abort ends it at once; what has come is gone on from', async () => {
  const settings = await start(firstContents({ hangAfter: 100_000 }))
  const controller = new AbortController()
  const reason = new Error('enough')
  const aborted = pullFrom(settings, REPOSITORY, {
    signal: controller.signal,
    onProgress: ({ done }) => {
      if (done >= 100_000 + CONFIG.length) controller.abort(reason)
    },
  })
  assert.is(await rejection(aborted), reason)
  assertNothing(settings.cache)
  await pullFrom(settings)
  assert.is(hub!.contents().at(-1)!.range, 'bytes=100000-')
  assert.is(await rejection(pullFrom(settings, REPOSITORY, { signal: controller.signal })), reason)
})

breaking('two pulls at once download once', async () => {
  let release = () => {}
  const until = new Promise<void>((resolve) => {
    release = resolve
  })
  const settings = await start(firstContents({ pauseAfter: 100_000, until }))
  const seen: number[] = []
  const first = pullFrom(settings, REPOSITORY, { onProgress: ({ done }) => seen.push(done) })
  while ((seen.at(-1) ?? 0) < 100_000) await new Promise((resolve) => setTimeout(resolve, 10))
  const waiting: number[] = []
  const second = pullFrom(settings, REPOSITORY, { onProgress: ({ done }) => waiting.push(done) })
  while (!waiting.includes(100_000)) await new Promise((resolve) => setTimeout(resolve, 10))
  release()
  for (const { weights } of await Promise.all([first, second])) assert.equal(readFileSync(weights), WEIGHTS)
  assert.is(hub!.contents().length, 1)
  assert.is(blobsIn(settings.cache).length, 2)
})

breaking('what other processes left is taken over, and never trusted', async () => {
  const settings = await start(() => undefined)
  await pullFrom(settings)
  const blob = blobsIn(settings.cache).find((name) => name.length === 64)!
  const wrong = Buffer.alloc(100_000, 7)
  const left: [Buffer, (string | undefined)[]][] = [
    [WEIGHTS, []],
    [WEIGHTS.subarray(0, 100_000), ['bytes=100000-']],
    [wrong, ['bytes=100000-', undefined]],
    [Buffer.alloc(400_000), [undefined]],
  ]
  for (const [bytes, ranges] of left) {
    const cache = newCache()
    await pullFrom({ ...settings, cache })
    hub!.requests.length = 0
    const blobs = path.join(cache, 'models--org--model', 'blobs')
    rmSync(path.join(blobs, blob))
    writeFileSync(path.join(blobs, `${blob}.1700000000000-0-00000000-00000000.incomplete`), bytes)
    const again = await pullFrom({ ...settings, cache })
    assert.equal(readFileSync(again.weights), WEIGHTS)
    assert.equal(
      hub!.contents().map(({ range }) => range),
      ranges,
    )
    assert.is(blobsIn(cache).length, 2)
  }
})

breaking('what another machine writes is waited for, unless it has been silent for long', async () => {
  const settings = await start(() => undefined)
  await pullFrom(settings)
  const blob = blobsIn(settings.cache).find((name) => name.length === 64)!
  const folderOf = (cache: string) => path.join(cache, 'models--org--model', 'blobs')
  const name = `${blob}.1700000000000-1-ffffffff-00000000.incomplete`
  for (const ageMs of [0, 120_000]) {
    const foreign = path.join(folderOf(settings.cache), name)
    rmSync(path.join(folderOf(settings.cache), blob))
    writeFileSync(foreign, WEIGHTS.subarray(0, 100_000))
    const then = new Date(Date.now() - ageMs)
    utimesSync(foreign, then, then)
    hub!.requests.length = 0
    const seen: number[] = []
    await pullFrom(settings, REPOSITORY, {
      onProgress: ({ done }) => {
        seen.push(done)
        // As if the other one had given up, after it was looked at twice.
        if (ageMs === 0 && seen.length === 2) rmSync(foreign)
      },
    })
    assert.is(seen[0], 100_000)
    assert.equal(
      hub!.contents().map(({ range }) => range),
      ageMs === 0 ? [undefined] : ['bytes=100000-'],
    )
    assert.is(blobsIn(settings.cache).length, 2)
  }
})

breaking('a cache that cannot be written, or has no room', async () => {
  const settings = await start(() => undefined)
  const file = path.join(folder, 'a-file')
  writeFileSync(file, '')
  const blocked = await rejection(pullFrom({ ...settings, cache: path.join(file, 'cache') }))
  assert.ok(hasCode('ERR_FILE', 'a-file', 'HF_HUB_CACHE')(blocked))
  const entry = { type: 'file', path: 'model.safetensors', size: 5, oid: 'a'.repeat(40) }
  const huge = { ...entry, lfs: { oid: 'b'.repeat(64), size: 2 ** 52, pointerSize: 1 } }
  const large = await start(({ url }) =>
    url.includes('/tree/') ? { instead: Buffer.from(JSON.stringify([huge])) } : undefined,
  )
  assert.ok(hasCode('ERR_FILE', 'no room', 'HF_HUB_CACHE')(await rejection(pullFrom(large))))
  assert.is(hub!.contents().length, 0)
})

skipUnless(
  breaking,
  existsSync('/dev/full'),
  'there is no /dev/full',
)('a disk that fills up', async () => {
  const full = await start(() => undefined)
  await pullFrom(full)
  const blob = blobsIn(full.cache).find((name) => name.length === 64)!
  const blobs = path.join(full.cache, 'models--org--model', 'blobs')
  rmSync(path.join(blobs, blob))
  symlinkSync('/dev/full', path.join(blobs, `${blob}.1700000000000-0-00000000-00000000.incomplete`))
  assert.ok(hasCode('ERR_FILE', 'no space left', 'HF_HUB_CACHE')(await rejection(pullFrom(full))))
})

breaking.run()
