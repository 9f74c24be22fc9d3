import { existsSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  Device,
  decodeFrames,
  itemStream,
  PRESETS,
  readSafetensors,
  sampleMultiView,
  sampleTest,
  sampleTrain,
  splitClips,
  testTransforms,
  viewsToBytes,
  viewsToTensor,
} from '../../lib/index.js'
import { makeFolder, makeNumbered, msta, mstaJson } from './helpers.js'

const frames = suite('msta frames')
const { folder, remove } = makeFolder()
const out = path.join(folder, 'frames.safetensors')
const COUNT = 20
let video = ''

frames.before(async () => {
  video = await makeNumbered(path.join(folder, 'v.mp4'), COUNT, '64x48')
})
frames.after(remove)

interface Report {
  frameCount: number
  indices: number[][]
  width: number
  height: number
}

async function run(...args: string[]) {
  const { json, status, stderr } = await mstaJson<Report>([
    'frames',
    video,
    '--out',
    out,
    '--size',
    '32',
    ...args,
  ])
  assert.is(stderr, '')
  assert.is(status, 0)
  assert.equal([json.frameCount, json.width, json.height], [COUNT, 64, 48])
  const { tensors } = await readSafetensors(out)
  return { indices: json.indices, tensor: tensors.get('frames')! }
}

async function decode(indices: readonly number[][], crops: 1 | 3) {
  const decoded = await decodeFrames(video, () => indices.flat())
  return splitClips(decoded, 8, testTransforms(64, 48, { size: 32, crops }))
}

frames('one test view is the tensor that the library makes', async () => {
  const { indices, tensor } = await run()
  assert.equal(indices, [sampleTest(COUNT, 8)])
  assert.is(tensor.dtype, 'F32')
  assert.equal(tensor.shape, [1, 3, 8, 32, 32])
  const expected = await (await viewsToTensor(Device.get('cpu'), await decode(indices, 1))).data()
  assert.equal(tensor.data, expected)
})

frames('several views come clip by clip, every crop of one before the next', async () => {
  const { indices, tensor } = await run('--views', '2x3')
  assert.equal(indices, sampleMultiView(COUNT, 8, 2))
  assert.equal(tensor.shape, [6, 3, 8, 32, 32])
  const expected = await (await viewsToTensor(Device.get('cpu'), await decode(indices, 3))).data()
  assert.equal(tensor.data, expected)
})

frames('--raw keeps the bytes after resize and crop', async () => {
  const { indices, tensor } = await run('--raw', '--views', '2x1')
  assert.is(tensor.dtype, 'U8')
  assert.equal(tensor.shape, [2, 8, 32, 32, 3])
  const clips = await decode(indices, 1)
  const parts = await Promise.all(clips.map((clip) => viewsToBytes(Device.get('cpu'), clip)))
  assert.equal(Buffer.from(tensor.data as Uint8Array), Buffer.concat(parts.map(({ data }) => data)))
})

frames('--sampling multiview starts its one clip at frame 0', async () => {
  const { indices } = await run('--sampling', 'multiview', '--frames', '5')
  assert.equal(indices, [[0, 4, 8, 12, 16]])
})

frames('--sampling train draws what training draws, by its seed', async () => {
  const seeded = (seed: number, purpose: 'sampling' | 'transform') => {
    const stream = itemStream(seed, purpose, 0, 0)
    return () => stream.next()
  }
  const { indices, tensor } = await run('--sampling', 'train', '--seed', '5')
  assert.equal(indices, [sampleTrain(COUNT, 8, seeded(5, 'sampling'))])
  const decoded = await decodeFrames(video, () => indices.flat())
  const transform = PRESETS.paper(64, 48, 32, seeded(5, 'transform'))
  const expected = await (await viewsToTensor(Device.get('cpu'), splitClips(decoded, 8, [transform]))).data()
  assert.equal(tensor.data, expected)
  const again = await run('--sampling', 'train', '--seed', '5')
  assert.equal(again, { indices, tensor })
  const other = await run('--sampling', 'train', '--seed', '6')
  assert.not.equal(other.indices, indices)
})

frames('--preset and --epoch are those of training', async () => {
  const seeded = (purpose: 'sampling' | 'transform') => {
    const stream = itemStream(5, purpose, 3, 0)
    return () => stream.next()
  }
  const training = ['--sampling', 'train', '--seed', '5', '--epoch', '3']
  const { indices, tensor } = await run(...training, '--preset', 'vifi')
  assert.equal(indices, [sampleTrain(COUNT, 8, seeded('sampling'))])
  const decoded = await decodeFrames(video, () => indices.flat())
  const transform = PRESETS.vifi(64, 48, 32, seeded('transform'))
  const expected = await (await viewsToTensor(Device.get('cpu'), splitClips(decoded, 8, [transform]))).data()
  assert.equal(tensor.data, expected)
  const paper = await run(...training)
  assert.equal(paper.indices, indices)
  assert.not.equal(paper.tensor.data, tensor.data)
  assert.is((await msta(['frames', video, '--out', out, '--preset', 'other'])).status, 2)
})

frames('a failure leaves no file and nothing on stdout', async () => {
  const target = path.join(folder, 'none.safetensors')
  const missing = await msta(['frames', 'missing.mp4', '--out', target, '--json'])
  assert.equal([missing.status, missing.stdout], [1, ''])
  assert.match(missing.stderr, 'missing.mp4 does not exist')
  assert.not.ok(existsSync(target))
  const folderless = await msta(['frames', video, '--out', path.join(folder, 'no', 'such.safetensors')])
  assert.is(folderless.status, 1)
  assert.match(folderless.stderr, 'ERR_FILE')
})

frames('training views are one, videos are one', async () => {
  assert.is((await msta(['frames', video, '--out', out, '--sampling', 'train', '--views', '2x1'])).status, 2)
  assert.is((await msta(['frames', '--out', out, '--', video, video])).status, 2)
  assert.is((await msta(['frames', video, '--out', out, '--views', '0x1'])).status, 2)
})

frames.run()
