import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadDataset } from '../../lib/data/dataset.js'
import { Loader } from '../../lib/data/loader.js'
import { makeFolder, makeNumbered, readNumbers } from '../video/helpers.js'

const test = suite('data/frame-lists')
const { folder: root, remove } = makeFolder()
test.after(remove)

const labels = { names: ['a', 'b'], file: null, sha256: null }

test.before(async () => {
  await makeNumbered(path.join(root, 'video.mp4'), 20)
  for (const [name, frames] of Object.entries({ 'a/one': 20, 'b/two': 9 })) {
    mkdirSync(path.join(root, name), { recursive: true })
    await makeNumbered(path.join(root, name, 'img_%05d.png'), frames, '32x24', '-f', 'image2')
  }
})

async function clipsOf(list: string) {
  const file = path.join(root, 'list.txt')
  writeFileSync(file, list)
  const dataset = await loadDataset({ root, list: file, labels })
  const loader = new Loader(dataset, { mode: 'test', batchSize: 8, size: 16, frames: 4 })
  const clips = []
  for await (const batch of loader.batches()) clips.push(...batch.clips)
  return clips.map(({ label, frames }) => [label, readNumbers(frames, 4)])
}

test('the loader gives the frames of folders as it gives those of videos', async () => {
  const frames = [2, 7, 12, 17]
  assert.equal(await clipsOf('video.mp4 1\n'), [[1, frames]])
  assert.equal(await clipsOf('a/one 20 0\nb/two 9 1\n'), [
    [0, frames],
    [1, [1, 3, 5, 7]],
  ])
  // Without frame counts, beside videos.
  assert.equal(await clipsOf('a/one 1\nvideo.mp4 0\n'), [
    [1, frames],
    [0, frames],
  ])
})

test.run()
