// @env MSTA_KERNELS=avx512_bf16,avx512,avx2,portable
/** The ceilings of the CPU: which instructions a build has, and that more of them are counted as more work. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { measureCeilings } from '../../bench/ceilings.js'
import { Device } from '../../lib/runtime/device.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { targetDevice } from '../support/device.js'
import { rejection } from '../support/errors.js'
import { skipUnless } from '../support/skip.js'

const ceilings = suite('bench/ceilings')
const device = targetDevice()
const test = skipUnless(ceilings, typeof device !== 'string', String(device))
const hasDots = () => Device.get('cpu').description.startsWith('avx512_bf16')

const operationsOf = async (kind: number, rounds: number) => {
  const out = Tensor.empty(Device.get('cpu'), [1])
  Device.get('cpu').launch('cpu_peak', { out }, [kind, rounds])
  const [count] = await out.data()
  out.dispose()
  return count!
}

test('operations are counted for every instruction of this build', async () => {
  const once = await operationsOf(0, 64)
  assert.ok(once > 0)
  assert.is(await operationsOf(0, 128), 2 * once)
  // Pairs of bfloat16 and quadruples of int8 for each float32.
  assert.is(await operationsOf(1, 64), hasDots() ? 2 * once : 0)
  assert.is(await operationsOf(2, 64), hasDots() ? 4 * once : 0)
  assert.is(await operationsOf(3, 64), 0)
})

test('a result too small is an error', async () => {
  const out = Tensor.empty(Device.get('cpu'), [1], 'int32')
  Device.get('cpu').launch('cpu_peak', { out }, [0, 1])
  const error = await rejection(out.data())
  assert.is((error as { code?: string }).code, 'ERR_SHAPE')
  out.dispose()
})

test('ceilings have figures where there are instructions, and a reason where there are none', async () => {
  const found = await measureCeilings({ device: 'cpu', size: 'tiny', peers: 'none wanted' })
  assert.ok(found.gemmF32Tflops! > 0 && found.copyGBs! > 0)
  for (const figure of [found.gemmBf16Tflops, found.int8Tops])
    assert.ok(hasDots() ? figure! > 0 : figure === null, `${figure}`)
  assert.is(found.reason === undefined, hasDots())
})

ceilings.run()
