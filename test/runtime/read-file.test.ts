/** Numbers of a file read straight into device memory, converted on the way. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromBfloat16, fromFloat16, toBfloat16 } from '../../lib/formats/half.js'
import type { FileType } from '../../lib/runtime/device.js'
import { withJob } from '../../lib/runtime/job.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { testDevice } from '../support/device.js'
import { hasCode, rejection } from '../support/errors.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'

const files = suite('reading files into tensors')
const test = noLeaks(files)
const device = testDevice()
const { folder, remove } = makeFolder()
files.after(remove)

/** In bytes; no multiple of a number's size, as a file may have it. */
const OFFSET = 3
const EVERY_16_BITS = Uint16Array.from({ length: 65536 }, (_, i) => i)
const FLOATS = Float32Array.from({ length: 700_001 }, (_, i) => Math.sin(i) * 2 ** ((i % 300) - 150))
FLOATS.set([NaN, Infinity, -Infinity, -0, 3.4028235e38, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 2 ** -149])

const CASES: { type: FileType; stored: ArrayBufferView; values: Float32Array }[] = [
  { type: 'F32', stored: FLOATS, values: FLOATS },
  { type: 'F64', stored: Float64Array.from(FLOATS), values: FLOATS },
  { type: 'BF16', stored: EVERY_16_BITS, values: fromBfloat16(EVERY_16_BITS) },
  { type: 'F16', stored: EVERY_16_BITS, values: fromFloat16(EVERY_16_BITS) },
]

function write(name: string, stored: ArrayBufferView): string {
  const file = path.join(folder, name)
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)
  writeFileSync(file, Buffer.concat([Buffer.alloc(OFFSET, 0xff), bytes]))
  return file
}

/** Bits, all not-a-numbers alike: which one a conversion gives is no part of the contract. */
function bitsOf(values: Float32Array): Uint32Array {
  return Uint32Array.from(new Uint32Array(values.buffer), (bits, i) =>
    Number.isNaN(values[i]) ? 0x7fc00000 : bits,
  )
}

for (const { type, stored, values } of CASES) {
  for (const dtype of ['float32', 'bfloat16'] as const) {
    test(`${type} as ${dtype}, bit by bit`, async () => {
      const source = { path: write(`${type}.bin`, stored), offset: OFFSET, type }
      const tensor = Tensor.empty(device, [values.length], dtype)
      device.readFile(tensor, source)
      const expected = dtype === 'float32' ? values : fromBfloat16(toBfloat16(values))
      assert.ok(Buffer.from(bitsOf(await tensor.data()).buffer).equals(Buffer.from(bitsOf(expected).buffer)))
      tensor.dispose()
    })
  }
}

test('a file that ends early or is not there is named', async () => {
  const file = write('short.bin', FLOATS)
  const tensor = Tensor.empty(device, [FLOATS.length + 1])
  for (const missing of [file, `${file}.none`]) {
    const error = await rejection(
      withJob(undefined, (job) =>
        job.run(() => {
          device.readFile(tensor, { path: missing, offset: OFFSET, type: 'F32' })
          return device.synchronize()
        }),
      ),
    )
    assert.ok(hasCode('ERR_FILE', missing)(error))
  }
  tensor.dispose()
})

test('integer tensors are refused', async () => {
  const tensor = Tensor.empty(device, [1], 'int32')
  const source = { path: write('one.bin', FLOATS), offset: OFFSET, type: 'F32' } as const
  const error = await rejection(
    withJob(undefined, (job) =>
      job.run(() => {
        device.readFile(tensor, source)
        return device.synchronize()
      }),
    ),
  )
  assert.ok(hasCode('ERR_DTYPE', 'int32')(error))
  tensor.dispose()
})

files.run()
