// @env MSTA_KERNELS=avx512_bf16,avx512,avx2,portable,emulated

/** Whole models in bfloat16 and int8 beside the same in float32, and the dtype that `auto` takes. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bestDType, type ModelDType, ViCLIP } from '../../lib/index.js'
import { VICLIP_TINY } from '../../lib/models/viclip/config.js'
import { ViClipModel } from '../../lib/models/viclip/model.js'
import type { Device, DeviceName } from '../../lib/runtime/device.js'
import { packWeight, unpackWeight } from '../../lib/tensor/ops/linear.js'
import { scope } from '../../lib/tensor/scope.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { targetDevice } from '../support/device.js'
import { hasCode, rejection } from '../support/errors.js'
import { seededRandom } from '../support/random.js'
import { skipUnless } from '../support/skip.js'

const dtypes = suite(`models by dtype (${process.env.MSTA_KERNELS ?? ''})`)
const found = targetDevice()
const isThere = typeof found !== 'string'
const device = found as Device
const name = device.name as DeviceName
const isCpu = isThere && name === 'cpu'
const test = skipUnless(dtypes, isThere, String(found))
const onCpu = skipUnless(dtypes, isCpu, 'dtype int8 and packed weights are for the CPU')

const TEXTS = [
  'a video of archery.',
  'a video of a man juggling balls.',
  'surfing',
  'a dog runs after a ball',
]
const random = seededRandom(3)
const { frames, resolution } = VICLIP_TINY.video
const shape = [2, 3, frames, resolution, resolution]
const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => 3 * random() - 1.5)

function cosine(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0]
  a.forEach((x, i) => {
    ab += x * b[i]!
    aa += x * x
    bb += b[i]! * b[i]!
  })
  return ab / Math.sqrt(aa * bb)
}

/** Rows of both encoders' embeddings. */
async function embeddings(dtype: ModelDType): Promise<Float32Array[]> {
  const model = await ViCLIP.load('random:tiny', { device: name, dtype, seed: 5 })
  assert.is(model.dtype, dtype)
  const all = [await model.encodeVideo({ data, shape }), await model.encodeText(TEXTS)]
  model.dispose()
  return all.flatMap((features) => {
    const [rows, width] = features.shape
    return Array.from({ length: rows }, (_, i) => features.data.subarray(i * width, (i + 1) * width))
  })
}

onCpu('embeddings point where those of float32 do', async () => {
  const exact = await embeddings('float32')
  for (const [dtype, least] of [
    ['bfloat16', 0.9999],
    ['int8', 0.9995],
  ] as const) {
    const rounded = await embeddings(dtype)
    assert.is(rounded.length, shape[0]! + TEXTS.length)
    rounded.forEach((row, i) => {
      const similarity = cosine(row, exact[i]!)
      assert.ok(similarity >= least && similarity < 1, `${dtype}, row ${i}: ${similarity}`)
    })
  }
})

onCpu('parameters of an int8 model are stored in bfloat16, its frozen weights packed as bytes', () => {
  const model = ViClipModel.random(device, VICLIP_TINY, 0, 'int8')
  for (const [, parameter] of model.parameters.entries()) assert.is(parameter.dtype, 'bfloat16')
  const { active } = model.device.memory()
  const { blocks } = model.video.transformer
  assert.ok(blocks[1]!.linears.every((linear) => linear.pack()))
  const features = blocks[1]!.linears.reduce((sum, { weight }) => sum + weight.size, 0)
  // The packed ones take the place of two bytes each.
  const bytes = model.device.memory().active - active + 2 * features
  assert.ok(bytes >= features && bytes < 1.5 * features, `${bytes} bytes for ${features} weights`)
  model.dispose()
})

onCpu('a packed weight unpacks to what it was', async () => {
  const values = Float32Array.from({ length: 35 * 37 }, () => Math.fround(random() - 0.5))
  const unpacked = (packing: 'float32' | 'bfloat16' | 'int8') =>
    scope(() => {
      const weight = Tensor.from(device, values, [35, 37])
      return unpackWeight(packWeight(weight, packing), [35, 37]).data()
    })
  assert.equal(await unpacked('float32'), values)
  const differs = (by: number) => (x: number, i: number) => !(Math.abs(x - values[i]!) <= by)
  assert.not.ok((await unpacked('bfloat16')).some(differs(2 ** -10)))
  assert.not.ok((await unpacked('int8')).some(differs(0.51 / 254)))
})

test('auto takes bfloat16 where it is multiplied faster, and a model tells', async () => {
  const expected = !isCpu || device.description.startsWith('avx512_bf16')
  assert.is(bestDType(device), expected ? 'bfloat16' : 'float32')
  const model = await ViCLIP.load('random:tiny', { device: name })
  assert.is(model.dtype, bestDType(device))
  model.dispose()
})

const onGpu = skipUnless(dtypes, isThere && !isCpu, 'there is no GPU here')
onGpu('int8 on a GPU is an error that names the device and the remedy', async () => {
  const error = await rejection(ViCLIP.load('random:tiny', { device: name, dtype: 'int8' }))
  assert.ok(hasCode('ERR_ARGUMENT', 'int8', name, 'bfloat16')(error))
})

dtypes.run()
