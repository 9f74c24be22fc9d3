import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hintFrameCount } from '../../lib/video/containers/hint.js'
import { decodeFrames } from '../../lib/video/decode.js'
import { decodeMany } from '../../lib/video/decode-many.js'
import { decodeWindows } from '../../lib/video/decode-windows.js'
import { probeVideo } from '../../lib/video/probe.js'
import { sampleTest } from '../../lib/video/sampling.js'
import { skipUnless } from '../support/skip.js'
import { tarOf } from '../support/tar.js'
import { errorOf, makeFolder, makeNumbered, sharedData } from './helpers.js'

const test = suite('video/tar-videos')
const { folder, remove } = makeFolder()
test.after(remove)

const odd = path.join(folder, "odd, name:x,,y%d'é")
const archive = path.join(odd, 'a:,b.tar')
const NAMES = ['a.avi', 'b.mp4', 'c.mkv', 'folder/d e.mov']
const select = (n: number) => sampleTest(n, 8)

test.before(async () => {
  mkdirSync(path.join(folder, 'folder'))
  mkdirSync(odd)
  for (const name of NAMES) await makeNumbered(path.join(folder, name), 20 + name.length)
  const files = NAMES.map((name) => ({ name, content: readFileSync(path.join(folder, name)) }))
  writeFileSync(archive, tarOf(...files, { name: 'cut.mp4', content: 'no video' }, { name: 'empty.mp4' }))
})

test('frames, facts and the guess are those of the file itself', async () => {
  for (const name of NAMES) {
    const [file, part] = [path.join(folder, name), `${archive}/${name}`]
    assert.equal(await decodeFrames(part, select), await decodeFrames(file, select))
    assert.equal(await probeVideo(part), await probeVideo(file))
    assert.is(await hintFrameCount(part), await hintFrameCount(file))
  }
})

test('many together, and windows', async () => {
  const jobs = NAMES.map((name) => ({ path: `${archive}/${name}`, select }))
  const counts = []
  for await (const result of decodeMany(jobs)) counts.push(result.ok && result.clip.frameCount)
  assert.equal(
    counts,
    NAMES.map((name) => 20 + name.length),
  )
  const windows = []
  for await (const { count } of windowCounts(`${archive}/b.mp4`)) windows.push(count)
  assert.equal(windows, [10, 10, 5])
})

async function* windowCounts(file: string) {
  for await (const { frameCount: count } of decodeWindows(file, { windowSeconds: 1 }, 4)) yield { count }
}

test('errors name archive and member', async () => {
  for (const [name, code] of [
    ['cut.mp4', 'ERR_VIDEO'],
    ['empty.mp4', 'ERR_VIDEO'],
    ['none.mp4', 'ERR_FILE'],
    ['../b.mp4', 'ERR_FILE'],
  ]) {
    const file = `${archive}/${name}`
    const error = await errorOf(() => decodeFrames(file, select))
    assert.equal([error.code, error.file], [code, file], error.message)
    assert.ok(error.message.includes(file), error.message)
  }
})

test('a damaged archive is told of; another one of its name is read anew', async () => {
  const file = path.join(folder, 'changing.tar')
  const video = readFileSync(path.join(folder, 'a.avi'))
  writeFileSync(file, tarOf({ name: 'a.avi', content: video }).subarray(0, 2000))
  const error = await errorOf(() => probeVideo(`${file}/a.avi`))
  assert.equal([error.code, error.file], ['ERR_FILE', file])
  assert.match(error.message, /incomplete.*download/)
  writeFileSync(file, tarOf({ name: 'a.avi', content: video }))
  assert.is((await probeVideo(`${file}/a.avi`)).frameCount, 25)
  const next = path.join(folder, 'next.tar')
  writeFileSync(next, tarOf({ name: 'x', content: 'x' }, { name: 'a.avi', content: video }))
  renameSync(next, file)
  assert.is((await probeVideo(`${file}/a.avi`)).frameCount, 25)
})

test('a folder called .tar is a folder', async () => {
  const inner = path.join(folder, 'folder.tar')
  mkdirSync(inner)
  writeFileSync(path.join(inner, 'a.avi'), readFileSync(path.join(folder, 'a.avi')))
  writeFileSync(path.join(inner, 'inner.tar'), readFileSync(archive))
  assert.is((await probeVideo(path.join(inner, 'a.avi'))).frameCount, 25)
  assert.is((await probeVideo(path.join(inner, 'inner.tar/b.mp4'))).frameCount, 25)
})

const realTest = skipUnless(test, sharedData !== undefined, '../shared/data is not beside the repository')
realTest('real clips of many kinds decode alike', async () => {
  const clips = path.join(sharedData!, 'videos/odd')
  const names = readdirSync(clips)
  const all = path.join(folder, 'all.tar')
  writeFileSync(all, tarOf(...names.map((name) => ({ name, content: readFileSync(path.join(clips, name)) }))))
  const outcomes = async (place: string) => {
    const jobs = names.map((name) => ({ path: `${place}/${name}`, select }))
    const found = []
    for await (const result of decodeMany(jobs))
      found.push(result.ok ? result.clip : (result.error as { code: string }).code)
    return found
  }
  assert.equal(await outcomes(all), await outcomes(clips))
})

test.run()
