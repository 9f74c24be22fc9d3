import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DType } from '../../lib/runtime/binding.js'
import { reshape } from '../../lib/tensor/ops/reshape.js'
import { stack } from '../../lib/tensor/ops/stack.js'
import { scope } from '../../lib/tensor/scope.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { testDevice } from '../support/device.js'
import { hasCode, rejection } from '../support/errors.js'

const tensors = suite('Tensor')
const device = testDevice()

tensors('from, set and data keep the values of every storage type', async () => {
  const cases: [DType, number[], number[]][] = [
    ['float32', [1.1, -2.5e-30, 3e38, -0], [4, 3, 2, 0.1]],
    ['bfloat16', [1, -2.5, 2 ** 100, 0], [0.5, 3, -7, 256]],
    ['uint8', [0, 1, 128, 255], [4, 3, 2, 1]],
    ['int32', [0, -1, 2 ** 24, -(2 ** 24)], [4, 3, 2, 1]],
  ]
  for (const [dtype, first, second] of cases) {
    const tensor = Tensor.from(device, first, [2, 2], dtype)
    assert.is(tensor.dtype, dtype)
    assert.is(tensor.size, 4)
    assert.is(tensor.bytes, { float32: 16, bfloat16: 8, uint8: 4, int32: 16 }[dtype])
    assert.is((await tensor.rawData()).byteLength, tensor.bytes)
    assert.equal([...(await tensor.data())], first.map(Math.fround), dtype)
    tensor.set(second)
    assert.equal([...(await tensor.data())], second.map(Math.fround), dtype)
    tensor.dispose()
  }
})

tensors('values may come as any array of numbers, of which later changes are not seen', async () => {
  const sources = [[1, 2, 3], Float64Array.of(1, 2, 3), Uint8Array.of(1, 2, 3), Int32Array.of(1, 2, 3)]
  for (const dtype of ['float32', 'bfloat16', 'uint8', 'int32'] as const) {
    for (const source of [...sources, Float32Array.of(9, 1, 2, 3).subarray(1)]) {
      const tensor = Tensor.from(device, source, [3], dtype)
      source[0] = 77
      assert.equal([...(await tensor.data())], [1, 2, 3], `${dtype} from ${source.constructor.name}`)
      source[0] = 1
      tensor.dispose()
    }
  }
})

tensors('a part is a piece of the same memory', async () => {
  for (const dtype of ['float32', 'bfloat16'] as const) {
    const tensor = Tensor.from(device, [1, 2, 3, 4, 5, 6], [3, 2], dtype)
    const part = tensor.part(2, [1, 3])
    assert.equal([part.size, part.shape, part.dtype], [3, [1, 3], dtype])
    const copy = Tensor.empty(device, [3], dtype)
    device.launch('combine', { out: copy, x: part }, [3, 1, 0, 1])
    assert.equal([...(await copy.data())], [3, 4, 5])
    device.launch('combine', { out: tensor.part(5, [1]) }, [1, 0, 9])
    assert.equal([...(await tensor.data())], [1, 2, 3, 4, 5, 9])
    tensor.dispose()
    assert.throws(() => tensor.part(0, [1]), hasCode('ERR_DISPOSED'))
    copy.dispose()
  }
})

tensors('a slice is a handle on a piece, and keeps the memory', async () => {
  const tensor = Tensor.from(device, [1, 2, 3, 4, 5, 6], [2, 3], 'bfloat16')
  const slice = tensor.slice(2, [3])
  const inner = slice.slice(1, [2])
  inner.set([8, 9])
  assert.equal([...(await tensor.data())], [1, 2, 3, 8, 9, 6])
  tensor.dispose()
  assert.equal([...(await slice.data())], [3, 8, 9])
  const shared = inner.share([2, 1])
  assert.equal([...(await shared.data())], [8, 9])
  assert.throws(() => slice.slice(2, [2]), hasCode('ERR_SHAPE'))
  for (const each of [slice, inner, shared]) each.dispose()
})

tensors('a stack holds copies of its tensors, one behind another', async () => {
  const parts = [
    [1, 2, 3, 4],
    [5, 6, 7, 8, 9, 10, 11, 12],
    [-1, 0, 1, 2],
  ].map((values) => Tensor.from(device, values, [values.length / 4, 2, 2] as const))
  const whole = stack(parts)
  assert.equal(whole.shape, [4, 2, 2])
  parts[0]!.set([0, 0, 0, 0])
  assert.equal([...(await whole.data())], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, -1, 0, 1, 2])
  for (const tensor of [...parts, whole]) tensor.dispose()
})

tensors('bfloat16 rounds to nearest, ties to even', async () => {
  const ulp = 2 ** -7
  const given = [1 + ulp / 2, 1 + 1.5 * ulp, 1 + ulp * 0.51, -(1 + ulp / 2), 3.4e38, Number.POSITIVE_INFINITY]
  const expected = [1, 1 + 2 * ulp, 1 + ulp, -1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  const tensor = Tensor.from(device, [...given, Number.NaN], [7], 'bfloat16')
  const values = await tensor.data()
  assert.equal([...values.subarray(0, 6)], expected)
  assert.ok(Number.isNaN(values[6]))
  tensor.dispose()
})

tensors('writes and reads go in the order they are asked for', async () => {
  const tensor = Tensor.from(device, [1], [1])
  const first = tensor.data()
  tensor.set([2])
  const second = tensor.data()
  tensor.set([3])
  tensor.dispose()
  assert.equal([(await first)[0], (await second)[0]], [1, 2])
})

tensors('may be empty or a scalar', async () => {
  const nothing = Tensor.from(device, [], [0, 3])
  nothing.set([])
  assert.is(nothing.size, 0)
  assert.is((await nothing.data()).length, 0)
  const scalar = Tensor.from(device, [7], [])
  assert.equal([scalar.size, (await scalar.data())[0]], [1, 7])
  nothing.dispose()
  scalar.dispose()
})

tensors('sizes that do not fit are refused', () => {
  const level = device.memory().active
  assert.throws(() => Tensor.from(device, [1, 2, 3], [2, 2]), hasCode('ERR_SHAPE', '3 values', '[2, 2]'))
  for (const shape of [[-1], [1.5], [Number.NaN], [2 ** 40, 2 ** 40]])
    assert.throws(() => Tensor.empty(device, shape), hasCode('ERR_SHAPE', `[${shape.join(', ')}]`))
  const tensor = Tensor.from(device, [1, 2], [2])
  assert.throws(() => tensor.set([1]), hasCode('ERR_SHAPE', '[set]', '[2]'))
  assert.throws(() => tensor.share([3]), hasCode('ERR_SHAPE', '[reshape]', '[2]', '[3]'))
  tensor.dispose()
  assert.is(device.memory().active, level)
})

tensors('handles of one memory count its users', async () => {
  const { active, buffers } = device.memory()
  const tensor = Tensor.from(device, [1, 2, 3, 4], [4])
  assert.ok(tensor.isSoleUser)
  const shared = tensor.share()
  const folded = tensor.share([2, 2])
  assert.is(device.memory().buffers, buffers + 1, 'sharing must not copy')
  assert.equal([tensor.isSoleUser, shared.isSoleUser, folded.isSoleUser], [false, false, false])
  shared.set([5, 6, 7, 8])
  assert.equal([...(await folded.data())], [5, 6, 7, 8])
  tensor.dispose()
  tensor.dispose()
  assert.not(shared.isSoleUser, 'disposing twice let go twice')
  folded.dispose()
  assert.ok(shared.isSoleUser)
  assert.equal([...(await shared.data())], [5, 6, 7, 8])
  shared.dispose()
  assert.equal([device.memory().active, device.memory().buffers], [active, buffers])
})

tensors('reshape shares memory and belongs to the scope', () => {
  const { active } = device.memory()
  const tensor = Tensor.from(device, [1, 2, 3, 4], [4])
  scope(() => {
    const folded = reshape(tensor, [2, 2])
    assert.equal([...folded.shape], [2, 2])
    assert.not(tensor.isSoleUser)
  })
  assert.ok(tensor.isSoleUser, 'the scope did not let go of the reshaped handle')
  const kept = scope(() => reshape(Tensor.from(device, [1, 2], [2]), [1, 2]))
  assert.ok(kept.isSoleUser)
  assert.throws(() => reshape(tensor, [3, 2]), hasCode('ERR_SHAPE', '[reshape]'))
  kept.dispose()
  tensor.dispose()
  assert.is(device.memory().active, active)
})

tensors('everything but disposing again fails after dispose', async () => {
  const tensor = Tensor.from(device, [1, 2], [2])
  tensor.dispose()
  assert.ok(tensor.isDisposed)
  assert.not(tensor.isSoleUser)
  tensor.dispose()
  for (const use of [
    () => tensor.buffer,
    () => tensor.set([1, 2]),
    () => tensor.share(),
    () => reshape(tensor, [1, 2]),
  ])
    assert.throws(use, hasCode('ERR_DISPOSED', '[2]'))
  for (const read of [() => tensor.data(), async () => tensor.rawData()])
    assert.ok(hasCode('ERR_DISPOSED', '[2]')(await rejection(read())))
  assert.equal([...tensor.shape], [2])
})

tensors.run()
