import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { convertWeights, writeCompositions } from '../../lib/formats/convert.js'
import { openTensorFile } from '../../lib/formats/open.js'
import {
  readAll,
  readHeader,
  readTensor,
  type SafetensorsDtype,
  toBfloat16,
  toFloat16,
  writeSafetensors,
} from '../../lib/formats/safetensors.js'
import { reversed, rowsOf, withAxis, withoutAxis } from '../../lib/formats/views.js'
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

convert('tensors are composed of parts of others, and of values made when their turn comes', async () => {
  const out = inFolder('composed.safetensors')
  const { tensors } = await openTensorFile(fixture('small.pth'))
  const a = tensors.get('a')!
  const written = await writeCompositions(
    out,
    new Map([
      ['columns', { shape: [2, 3], parts: [reversed(a)] }],
      [
        'rows',
        { shape: [4, 2], parts: [rowsOf(a, 2, 1), rowsOf(a, 0, 2), async () => Float32Array.of(8, 9)] },
      ],
      ['flat', { shape: [3, 1, 2], parts: [withAxis(a, 1)] }],
      ['same', { shape: [3, 2], parts: [withoutAxis(withAxis(reversed(reversed(a)), 2), 2)] }],
    ]),
    {},
  )
  assert.equal(written, { tensors: 4, parameters: 26, bytes: 104 })
  const file = await readHeader(out)
  assert.equal(file.tensors.get('flat')!.shape, [3, 1, 2])
  assert.equal(await readTensor(file, 'columns'), Float32Array.of(0, 1, 2, 3, 4, 5))
  assert.equal(await readTensor(file, 'rows'), Float32Array.of(2, 5, 0, 3, 1, 4, 8, 9))
  for (const name of ['flat', 'same'])
    assert.equal(await readTensor(file, name), Float32Array.of(0, 3, 1, 4, 2, 5))
})

convert('parts of different types become float32', async () => {
  const source = inFolder('types.safetensors')
  await writeSafetensors(source, {
    half: { dtype: 'F16', shape: [1], data: Float32Array.of(1.5) },
    wide: { dtype: 'F64', shape: [1], data: Float64Array.of(1.1) },
  })
  const { tensors } = await readHeader(source)
  const out = inFolder('types-out.safetensors')
  await writeCompositions(out, new Map([['x', { shape: [2], parts: [...tensors.values()] }]]), {})
  const x = (await readAll(out)).tensors.get('x')!
  assert.is(x.dtype, 'F32')
  assert.equal(new Set(x.data as Float32Array), new Set([1.5, Math.fround(1.1)]))
})

convert('float64 is rounded once', async () => {
  const ulp = { float16: 2 ** -10, bfloat16: 2 ** -7 }
  for (const dtype of ['float16', 'bfloat16'] as const) {
    const tie = 1 + ulp[dtype] / 2
    const tiny = 2 ** -40
    // By way of float32 all of them would be ties, which go to the even neighbour.
    const values = [
      tie + tiny,
      tie,
      tie - tiny,
      -tie - tiny,
      -(tie + ulp[dtype]) + tiny,
      1e300,
      -1e-300,
      Number.NaN,
    ]
    const expected = [1 + ulp[dtype], 1, 1, -1 - ulp[dtype], -1 - ulp[dtype], Infinity, -0, Number.NaN]
    const source = inFolder(`wide-${dtype}.safetensors`)
    const data = Float64Array.from(values)
    await writeSafetensors(source, { x: { dtype: 'F64', shape: [data.length], data } })
    const out = inFolder(`narrow-${dtype}.safetensors`)
    await convertWeights(source, out, { dtype })
    assert.equal([...(await readTensor(await readHeader(out), 'x'))], expected)
  }
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
