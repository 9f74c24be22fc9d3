import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { convertWeights } from '../../lib/formats/convert.js'
import {
  readAll,
  readHeader,
  readTensor,
  type SafetensorsDtype,
  toBfloat16,
  toFloat16,
  writeSafetensors,
} from '../../lib/formats/safetensors.js'
import { hasCode, rejection } from '../support/errors.js'
import { seededRandom } from '../support/random.js'
import { contentsOf, fixture } from './torch-fixtures.js'

const folder = mkdtempSync(path.join(tmpdir(), 'msta-convert-'))
const inFolder = (name: string) => path.join(folder, name)
const convert = suite('converting weights')
convert.after(() => rmSync(folder, { recursive: true }))

// More than one piece is read of each, and the last is not full.
const COUNT = (1 << 21) + 12_345

convert('large tensors go through piece by piece, rounded once', async () => {
  const source = inFolder('large.safetensors')
  const random = seededRandom(5)
  const values = Float32Array.from({ length: COUNT }, () => 200 * random() - 100)
  await writeSafetensors(source, {
    x: { dtype: 'F32', shape: [COUNT], data: values },
    wide: { dtype: 'F64', shape: [COUNT], data: Float64Array.from(values) },
  })
  const rounded = { float16: toFloat16(values), bfloat16: toBfloat16(values), float32: values }
  for (const [dtype, expected] of Object.entries(rounded)) {
    const out = inFolder(`${dtype}.safetensors`)
    const seen: number[] = []
    const written = await convertWeights(source, out, {
      dtype: dtype as keyof typeof rounded,
      onProgress: ({ done, total }) => {
        assert.is(total, 12 * COUNT)
        seen.push(done)
      },
    })
    const bytes = 2 * COUNT * expected.BYTES_PER_ELEMENT
    assert.equal(written, { tensors: 2, parameters: 2 * COUNT, bytes })
    assert.is(seen.at(-1), 12 * COUNT)
    assert.ok(seen.length > 3)
    const hex = Buffer.from(expected.buffer).toString('hex')
    for (const [name, content] of await contentsOf(out)) assert.ok(content.endsWith(`] ${hex}`), name)
  }
})

convert('integers and eight-bit floats keep their types, all else takes the one wanted', async () => {
  const out = inFolder('mixed.safetensors')
  await convertWeights(fixture('zip.pth'), out, { dtype: 'bfloat16' })
  const [before, after] = [await readHeader(fixture('expected.safetensors')), await readHeader(out)]
  assert.equal(after.metadata.format, 'pt')
  const floats: SafetensorsDtype[] = ['F64', 'F32', 'F16', 'BF16']
  for (const [name, { dtype, shape }] of before.tensors) {
    const entry = after.tensors.get(name)!
    assert.is(entry.dtype, floats.includes(dtype) ? 'BF16' : dtype, name)
    assert.equal(entry.shape, shape)
  }
})

convert('a layout renames and transposes', async () => {
  const out = inFolder('layout.safetensors')
  await convertWeights(fixture('small.pth'), out, {
    layout: (file) => {
      const b = file.tensors.get('b')!
      return { ...file, tensors: new Map([['renamed', { ...b, shape: [2, 2], strides: [0, 1], bytes: 16 }]]) }
    },
  })
  const file = await readHeader(out)
  assert.equal([...file.tensors.keys()], ['renamed'])
  assert.equal(await readTensor(file, 'renamed'), Float32Array.of(1, 1, 1, 1))
})

convert('a file may be converted in its place', async () => {
  const file = inFolder('place.safetensors')
  await convertWeights(fixture('small.pth'), file)
  await convertWeights(file, file, { dtype: 'float16' })
  const { tensors } = await readAll(file)
  assert.equal(tensors.get('a'), { dtype: 'F16', shape: [3, 2], data: Float32Array.of(0, 3, 1, 4, 2, 5) })
})

convert('what fails or is aborted leaves nothing behind', async () => {
  const out = inFolder('never.safetensors')
  hasCode('ERR_FORMAT', 'posix.system')(await rejection(convertWeights(fixture('evil.pth'), out)))
  const wrong = convertWeights(fixture('small.pth'), out, { dtype: 'int8' as 'float16' })
  hasCode('ERR_ARGUMENT', 'dtype', 'int8')(await rejection(wrong))
  const empty = inFolder('empty.safetensors')
  await writeSafetensors(empty, {})
  hasCode('ERR_FORMAT', empty, 'no tensors')(await rejection(convertWeights(empty, out)))
  const controller = new AbortController()
  const reason = new Error('stop')
  const aborted = convertWeights(inFolder('large.safetensors'), out, {
    signal: controller.signal,
    onProgress: () => controller.abort(reason),
  })
  assert.is(await rejection(aborted), reason)
  assert.not.ok(existsSync(out))
  assert.equal(
    readdirSync(folder).filter((name) => name.endsWith('.tmp')),
    [],
  )
})

convert.run()
