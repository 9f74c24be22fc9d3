import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadDataset } from '../../lib/data/dataset.js'
import { drawMotion } from '../../lib/data/scenes.js'
import { itemStream } from '../../lib/data/streams.js'
import { generateMotionDataset, MOTION_NAMES } from '../../lib/data/synthetic.js'
import { decodeFrames } from '../../lib/video/decode.js'
import { errorOf, makeFolder } from '../video/helpers.js'

const test = suite('data/synthetic')
const { folder, remove } = makeFolder()
test.after(remove)

const options = { classes: 6, trainPerClass: 2, testPerClass: 1, seed: 5 } as const

/** Centre and amount of what differs from the background (the corner pixel) in each frame. */
async function track(file: string): Promise<{ x: number; y: number; area: number }[]> {
  const { frames, width, height } = await decodeFrames(file, (n) => Array.from({ length: n }, (_, i) => i))
  const bytes = width * height * 3
  return Array.from({ length: frames.length / bytes }, (_, t) => {
    const frame = frames.subarray(t * bytes, (t + 1) * bytes)
    let [x, y, area] = [0, 0, 0]
    for (let i = 0; i < width * height; i++) {
      const differs = [0, 1, 2].some((c) => Math.abs(frame[i * 3 + c]! - frame[c]!) > 40)
      if (differs) [x, y, area] = [x + (i % width), y + Math.floor(i / width), area + 1]
    }
    return { x: x / area, y: y / area, area }
  })
}

test('writes real videos whose motion is what the class says', async () => {
  const root = path.join(folder, 'with space %d')
  const progress: number[] = []
  const made = await generateMotionDataset(root, {
    ...options,
    onProgress: ({ done }) => progress.push(done),
  })
  assert.is(progress.at(-1), 18)
  const sets = await Promise.all(
    [made.train, made.test].map((list) => loadDataset({ root, list, labels: made.labels })),
  )
  assert.equal(
    sets.map((set) => set.entries.length),
    [12, 6],
  )
  assert.equal(sets[0]!.labels.names, MOTION_NAMES.slice(0, 6))
  for (const { file, label } of sets.flatMap((set) => set.entries)) {
    const poses = await track(file)
    assert.is(poses.length, 16, file)
    const [first, last] = [poses[0]!, poses.at(-1)!]
    const name = made.names[label]!
    const moved = { x: last.x - first.x, y: last.y - first.y, growth: last.area / first.area }
    const about = `${name} ${JSON.stringify(moved)}`
    if (name === 'moving left') assert.ok(moved.x < -15 && Math.abs(moved.y) < 3, about)
    if (name === 'moving right') assert.ok(moved.x > 15 && Math.abs(moved.y) < 3, about)
    if (name === 'moving up') assert.ok(moved.y < -15 && Math.abs(moved.x) < 3, about)
    if (name === 'moving down') assert.ok(moved.y > 15 && Math.abs(moved.x) < 3, about)
    if (name === 'growing') assert.ok(moved.growth > 3, about)
    if (name === 'shrinking') assert.ok(moved.growth < 1 / 3, about)
  }
  assert.ok(!readdirSync(root).some((name) => name.startsWith('.')))
})

test('a compound motion is both of its motions', async () => {
  const made = await generateMotionDataset(path.join(folder, 'compound'), {
    classes: ['growing while moving left', 'shrinking while moving down'],
    trainPerClass: 0,
    testPerClass: 2,
    size: 128,
    seed: 7,
  })
  const { root, test: list, labels } = made
  for (const { file, label } of (await loadDataset({ root, list, labels })).entries) {
    const poses = await track(file)
    const [first, last] = [poses[0]!, poses.at(-1)!]
    const moved = { x: last.x - first.x, y: last.y - first.y, growth: last.area / first.area }
    const about = `${made.names[label]} ${JSON.stringify(moved)}`
    if (label === 0) assert.ok(moved.x < -30 && moved.growth > 3, about)
    else assert.ok(moved.y > 30 && moved.growth < 1 / 3, about)
  }
})

test('clutter changes the pictures, not the same seed', () => {
  const draw = (clutter: boolean, seed = 3) =>
    Buffer.concat([...drawMotion('growing', 32, 4, itemStream(seed, 'synthetic', 0, 0), { clutter })])
  assert.ok(draw(true).equals(draw(true)))
  assert.not.ok(draw(true).equals(draw(false)))
  assert.not.ok(draw(true).equals(draw(true, 4)))
})

test('the same seed gives the same data, another seed other data', async () => {
  const make = async (name: string, seed: number) => {
    const root = path.join(folder, name)
    await generateMotionDataset(root, {
      classes: ['circling'],
      trainPerClass: 1,
      testPerClass: 0,
      seed,
      size: 32,
    })
    return readFileSync(path.join(root, 'circling/train_0000.mp4'))
  }
  const [a, b, c] = [await make('a', 1), await make('b', 1), await make('c', 2)]
  assert.ok(a.equals(b))
  assert.ok(!a.equals(c))
})

test('abort rejects with the reason and leaves no half a video', async () => {
  const reason = new Error('stop')
  const controller = new AbortController()
  const root = path.join(folder, 'aborted')
  setTimeout(() => controller.abort(reason), 150)
  const many = {
    classes: 8,
    trainPerClass: 500,
    testPerClass: 0,
    seed: 1,
    size: 128,
    signal: controller.signal,
  }
  assert.is(await errorOf(() => generateMotionDataset(root, many)), reason)
  assert.ok(!existsSync(path.join(root, 'train.txt')))
  assert.ok(!readdirSync(root).some((name) => name.startsWith('.')))
})

test('wrong options are refused', async () => {
  for (const wrong of [{ classes: 0 }, { classes: 99 }, { size: 33 }, { trainPerClass: -1 }, { frames: 0 }]) {
    const error = await errorOf(() =>
      generateMotionDataset(path.join(folder, 'wrong'), { ...options, ...wrong }),
    )
    assert.is(error.code, 'ERR_ARGUMENT')
  }
})

test.run()
