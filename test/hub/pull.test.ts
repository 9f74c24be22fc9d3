/** What a pull brings, and how it lies in the cache. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { downloadFileToCacheDir, scanCacheDir } from '@huggingface/hub'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PullPlan } from '../../lib/index.js'
import { hasCode, rejection } from '../support/errors.js'
import { makeFolder } from '../video/helpers.js'
import { COMMIT, type Hub, type Repository, startHub } from './hub-server.js'
import { blobsIn, pullFrom, REPOSITORY, refIn, settingsFor, someBytes } from './pulling.js'

const pulling = suite('pull')
const { folder, remove } = makeFolder()
const CONFIG = Buffer.from('{"size": "b"}')
const WEIGHTS = someBytes(300_000)
let hub: Hub
let count = 0

const open = async (files: Record<string, Buffer>): Promise<Repository> => {
  const repository: Repository = { files }
  hub = await startHub({ [REPOSITORY]: repository })
  return repository
}
const newCache = () => path.join(folder, `cache-${count++}`)
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

pulling.after.each(() => hub.close())
pulling.after(remove)

pulling('brings what loading takes, nothing else, in the layout that all clients share', async () => {
  await open({
    'README.md': Buffer.from('text'),
    'config.json': CONFIG,
    'model.safetensors': WEIGHTS,
    'pytorch_model.bin': someBytes(2000, 'other'),
  })
  const cache = newCache()
  const plans: PullPlan[] = []
  const progress: number[] = []
  const pulled = await pullFrom(settingsFor(hub.url, cache), REPOSITORY, {
    onPlan: (plan) => plans.push(plan),
    onProgress: ({ done, total }) => {
      assert.is(plans.length, 1)
      assert.is(total, CONFIG.length + WEIGHTS.length)
      progress.push(done)
    },
  })
  const snapshot = path.join(cache, 'models--org--model', 'snapshots', COMMIT)
  assert.equal(pulled, {
    repository: REPOSITORY,
    revision: 'main',
    commit: COMMIT,
    folder: snapshot,
    weights: path.join(snapshot, 'model.safetensors'),
    downloaded: CONFIG.length + WEIGHTS.length,
  })
  assert.equal(plans[0]!.files, [
    { name: 'config.json', bytes: CONFIG.length },
    { name: 'model.safetensors', bytes: WEIGHTS.length },
  ])
  assert.equal(
    progress,
    [...progress].sort((a, b) => a - b),
  )
  assert.is(progress.at(-1), CONFIG.length + WEIGHTS.length)
  assert.equal(readdirSync(snapshot).sort(), ['config.json', 'model.safetensors'])
  assert.is(readlinkSync(pulled.weights), path.join('..', '..', 'blobs', sha256(WEIGHTS)))
  assert.is(refIn(cache), COMMIT)
  assert.equal(readFileSync(pulled.weights), WEIGHTS)
  assert.equal(readFileSync(path.join(snapshot, 'config.json')), CONFIG)
  assert.is(blobsIn(cache).length, 2)
  assert.is(hub.contents()[0]!.encoding, 'identity')
})

pulling("Hugging Face's own client understands the cache, and we understand what it has made", async () => {
  await open({ 'config.json': CONFIG, 'model.safetensors': WEIGHTS })
  const ours = newCache()
  await pullFrom(settingsFor(hub.url, ours))
  const { repos, warnings } = await scanCacheDir(ours)
  assert.equal(warnings, [])
  assert.equal(
    repos.map(({ id, size, revisions }) => [id.name, size, revisions[0]!.commitOid, revisions[0]!.refs]),
    [[REPOSITORY, CONFIG.length + WEIGHTS.length, COMMIT, ['main']]],
  )
  const theirs = newCache()
  const log = console.debug
  console.debug = () => {}
  for (const file of ['config.json', 'model.safetensors'])
    await downloadFileToCacheDir({ repo: REPOSITORY, path: file, hubUrl: hub.url, cacheDir: theirs })
  console.debug = log
  hub.requests.length = 0
  const pulled = await pullFrom(settingsFor(hub.url, theirs))
  assert.is(pulled.downloaded, 0)
  assert.ok(hub.requests.every(({ part }) => part === 'api'))
})

pulling('what is there is kept; of a new commit only what is new is downloaded', async () => {
  const repository = await open({ 'config.json': CONFIG, 'model.safetensors': WEIGHTS })
  const cache = newCache()
  const settings = settingsFor(hub.url, cache)
  const before = await pullFrom(settings)
  assert.is((await pullFrom(settings)).downloaded, 0)
  const other = Buffer.from('{"size": "l"}')
  repository.commit = 'f'.repeat(40)
  repository.files = { ...repository.files, 'config.json': other }
  const after = await pullFrom(settings)
  assert.is(after.downloaded, other.length)
  assert.is(realpathSync(before.weights), realpathSync(after.weights))
  assert.is(refIn(cache), repository.commit)
  assert.equal(readFileSync(path.join(before.folder, 'config.json')), CONFIG)
  assert.equal(readFileSync(path.join(after.folder, 'config.json')), other)
  assert.is(hub.contents().length, 1)
})

pulling('what is damaged or has lost its contents is downloaded again', async () => {
  await open({ 'config.json': CONFIG, 'model.safetensors': WEIGHTS })
  const cache = newCache()
  const settings = settingsFor(hub.url, cache)
  const { weights } = await pullFrom(settings)
  const damaged = Buffer.from(WEIGHTS)
  damaged[1000]! ^= 1
  writeFileSync(realpathSync(weights), damaged)
  assert.is((await pullFrom(settings)).downloaded, WEIGHTS.length)
  assert.equal(readFileSync(weights), WEIGHTS)
  rmSync(realpathSync(weights))
  assert.is((await pullFrom(settings)).downloaded, WEIGHTS.length)
  assert.equal(readFileSync(weights), WEIGHTS)
  rmSync(weights)
  assert.is((await pullFrom(settings)).downloaded, 0)
  assert.equal(readFileSync(weights), WEIGHTS)
})

pulling('weights in several files come by their index', async () => {
  const names = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']
  const index = (second: string) =>
    Buffer.from(JSON.stringify({ weight_map: { a: names[0], b: second, c: names[0] } }))
  const shards = { [names[0]!]: someBytes(5000, '1'), [names[1]!]: someBytes(6000, '2') }
  const repository = await open({
    'config.json': CONFIG,
    'model.safetensors.index.json': index(names[1]!),
    'model-00001-of-00003.safetensors': someBytes(4000, 'of others'),
    ...shards,
  })
  const settings = settingsFor(hub.url, newCache())
  const pulled = await pullFrom(settings)
  assert.is(pulled.weights, pulled.folder)
  const expected = ['config.json', ...names, 'model.safetensors.index.json']
  assert.equal(readdirSync(pulled.folder).sort(), expected.sort())
  const isOffline = true
  assert.is((await pullFrom({ ...settings, isOffline })).weights, pulled.folder)
  rmSync(path.join(pulled.folder, names[1]!))
  const half = await rejection(pullFrom({ ...settings, isOffline }))
  assert.ok(hasCode('ERR_FILE', 'not in the cache', 'msta pull org/model')(half))
  for (const wrong of [index('../../secret'), index('model-3.safetensors'), Buffer.from('{}')]) {
    repository.files['model.safetensors.index.json'] = wrong
    const error = await rejection(pullFrom(settingsFor(hub.url, newCache())))
    assert.ok(hasCode('ERR_FORMAT', 'model.safetensors.index.json')(error))
  }
})

pulling("without safetensors, PyTorch's; of several the one that is named", async () => {
  const [a, b] = [someBytes(4000, 'a'), someBytes(5000, 'b')]
  const repository = await open({ 'pytorch_model.bin': a, 'a.pth': b })
  const load = async (id?: string) =>
    path.basename((await pullFrom(settingsFor(hub.url, newCache()), id)).weights)
  assert.is(await load(), 'pytorch_model.bin')
  assert.is(await load('org/model#a.pth'), 'a.pth')
  repository.files = { 'a.pth': a }
  assert.is(await load(), 'a.pth')
  repository.files = { 'a.pth': a, 'b.pth': b }
  assert.ok(hasCode('ERR_ARGUMENT', 'a.pth, b.pth', 'org/model#a.pth')(await rejection(load())))
  assert.is(await load('org/model@main#b.pth'), 'b.pth')
  assert.ok(hasCode('ERR_FILE', 'no c.pth', 'a.pth, b.pth')(await rejection(load('org/model#c.pth'))))
  repository.files = { 'README.md': CONFIG }
  assert.ok(hasCode('ERR_FILE', 'no weights', 'README.md')(await rejection(load())))
})

pulling('a revision is a branch, a tag, a pull request or a commit', async () => {
  await open({ 'model.safetensors': WEIGHTS })
  const cache = newCache()
  const settings = settingsFor(hub.url, cache)
  assert.is((await pullFrom(settings, 'org/model@refs/pr/1')).commit, COMMIT)
  assert.is(refIn(cache, 'refs/pr/1'), COMMIT)
  assert.is((await pullFrom(settings, `org/model@${COMMIT}`)).revision, COMMIT)
  assert.is(refIn(cache, COMMIT), undefined)
  const error = await rejection(pullFrom(settings, 'org/model@nowhere'))
  assert.ok(hasCode('ERR_SERVICE', 'no revision "nowhere"')(error))
})

pulling.run()
