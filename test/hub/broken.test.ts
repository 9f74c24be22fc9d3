/** Downloads that break: cut, short, long, wrong, aborted, at once, onto a full disk. */
import { existsSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasCode, rejection } from '../support/errors.js'
import { observe } from '../support/observe.js'
import { skipUnless } from '../support/skip.js'
import { makeFolder } from '../video/helpers.js'
import { type Hub, type HubRequest, type Misbehaviour, startHub } from './hub-server.js'
import { blobsIn, pullFrom, REPOSITORY, refIn, settingsFor, someBytes, watchProgress } from './pulling.js'

const breaking = suite('pull: what breaks')
const { folder, remove } = makeFolder()
const CONFIG = Buffer.from('{"size": "b"}')
const WEIGHTS = someBytes(300_000)
const FILES = { 'config.json': CONFIG, 'model.safetensors': WEIGHTS }
let hub: Hub | undefined
let count = 0

const newCache = () => path.join(folder, `cache-${count++}`)

async function start(misbehave: (request: HubRequest) => Misbehaviour | undefined) {
  await hub?.close()
  hub = await startHub({ [REPOSITORY]: { files: FILES } }, misbehave)
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
    observe('hub', { 'cut downloads gone on from': waits.length })
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
    observe('hub', { 'downloads of wrong bytes refused with ERR_SERVICE, nothing of them kept': 1 })
  }
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

breaking(
  'a cache that lacks the revision alone and cannot be written is taken as it is, and that is told',
  async () => {
    const settings = await start(() => undefined)
    const { weights } = await pullFrom(settings)
    const refs = path.join(settings.cache, 'models--org--model', 'refs')
    rmSync(refs, { recursive: true })
    // In the way, which stops root, too.
    writeFileSync(refs, '')
    const notes: string[] = []
    const again = await pullFrom(settings, REPOSITORY, { onNote: (note) => notes.push(note) })
    assert.equal([again.weights, again.downloaded], [weights, 0])
    assert.is(notes.length, 1)
    for (const part of [settings.cache, 'HF_HUB_CACHE', 'org/model is taken'])
      assert.ok(notes[0]!.includes(part), notes[0])
    observe('hub', 'a cache that cannot be written and lacks the revision alone: taken, with a warning')
  },
)

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
