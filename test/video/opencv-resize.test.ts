// @env MSTA_KERNELS=avx512_bf16,avx512,avx2,portable,emulated
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { viewsToBytes } from '../../lib/recognition/clips.js'
import type { Device } from '../../lib/runtime/device.js'
import { testTransforms } from '../../lib/video/transforms.js'
import { targetDevice } from '../support/device.js'
import { skipUnless } from '../support/skip.js'

interface Fixture {
  cases: { width: number; height: number; size: number; crops: 1 | 3; views: string }[]
}

const opencvResize = suite('video/opencv-resize')
const device = targetDevice()
const test = skipUnless(opencvResize, typeof device !== 'string', `${device}`)
const { cases }: Fixture = JSON.parse(readFileSync(path.resolve('test/fixtures/opencv-resize.json'), 'utf8'))

/** The picture that OpenCV was given (opencv/make_fixture.py). */
function noise(width: number, height: number): Uint8Array {
  return Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const mixed = Math.imul(i, 2654435761) >>> 0
    return (mixed ^ (mixed >>> 15)) >>> 8
  })
}

for (const { width, height, size, crops, views } of cases) {
  test(`${crops} of ${size}x${size} of ${width}x${height} as OpenCV makes them`, async () => {
    const transforms = testTransforms(width, height, { size, crops })
    const clip = { frames: noise(width, height), width, height, transforms }
    const { data, shape } = await viewsToBytes(device as Device, clip)
    assert.equal(shape, [crops, 1, size, size, 3])
    assert.equal(Buffer.from(data).toString('base64'), views)
  })
}

opencvResize.run()
