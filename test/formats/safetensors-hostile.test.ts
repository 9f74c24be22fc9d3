import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readAll, readHeader, writeSafetensors } from '../../lib/formats/safetensors.js'
import { MstaError } from '../../lib/runtime/errors.js'
import { hasCode, rejection } from '../support/errors.js'
import { observe } from '../support/observe.js'
import { seededRandom } from '../support/random.js'

const folder = mkdtempSync(path.join(tmpdir(), 'msta-hostile-'))
const file = path.join(folder, 'hostile.safetensors')
const hostile = suite('hostile safetensors')

hostile.after(() => rmSync(folder, { recursive: true }))

function fileOf(header: string | Buffer, dataBytes: number, length?: bigint): Buffer {
  const prefix = Buffer.alloc(8)
  const body = Buffer.from(header as string)
  prefix.writeBigUInt64LE(length ?? BigInt(body.length))
  return Buffer.concat([prefix, body, Buffer.alloc(dataBytes)])
}

async function refuses(content: Buffer, ...parts: string[]): Promise<void> {
  writeFileSync(file, content)
  hasCode('ERR_FORMAT', file, ...parts)(await rejection(readHeader(file)))
}

const tensor = (shape: string, offsets: string, dtype = '"F32"'): string =>
  `{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`

hostile('refuses lengths that the file cannot hold', async () => {
  await refuses(Buffer.alloc(0), '0 bytes')
  await refuses(Buffer.alloc(7), '7 bytes')
  await refuses(fileOf('{}', 0, 0n), 'length 0')
  await refuses(fileOf('{}', 0, 3n), 'does not fit')
  await refuses(fileOf('{}', 0, 2n ** 64n - 1n), 'outside')
  await refuses(fileOf('{}', 0, 2n ** 63n), 'outside')
  await refuses(fileOf('{}', 1), '1 bytes follow')
})

hostile('refuses headers that are not one JSON object', async () => {
  for (const header of ['{]', '[]', '12', '"x"', 'null', ' {}', '\ufeff{}', '{}x', '['.repeat(200_000)]) {
    await refuses(fileOf(header, 0), 'header')
  }
  await refuses(fileOf(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 0), 'header')
  await refuses(fileOf(`{"a":${tensor('[1]', '[0,4]')},"a":${tensor('[1]', '[0,4]')}}`, 4), '"a"', 'twice')
  await refuses(
    fileOf(`{"a":${tensor('[1]', '[0,4]')},"\\u0061":${tensor('[1]', '[0,4]')}}`, 4),
    '"a"',
    'twice',
  )
  await refuses(fileOf('{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}', 4), 'twice')
  await refuses(fileOf('{"__metadata__":{"a":1}}', 0), '__metadata__', '"a"')
  await refuses(fileOf('{"__metadata__":[]}', 0), '__metadata__')
  await refuses(fileOf('{"__metadata__":null}', 0), '__metadata__')
})

hostile('refuses headers that would take long to parse, and tells the limit', async () => {
  const MOST = 8 << 20
  const many = (count: number, value: string) =>
    `{${Array.from({ length: count }, (_, i) => `"${i}":${value}`).join(',')}}`
  const over: [Buffer, string][] = [
    [fileOf('{}', 0, BigInt(MOST + 1)), `outside 2 to ${MOST}`],
    [fileOf(many(2 ** 13 + 1, '{}'), 0), 'more than 8192 keys'],
    [fileOf(`{"a":${many(2 ** 13 + 1, '1')}}`, 0), 'more than 8192 keys'],
    [fileOf(many(2 ** 13, `[${'1,'.repeat(40)}1]`), 0), 'more than 262144 strings'],
    [fileOf(`{"a":${'['.repeat(MOST / 2)}`, 0), 'more than 3 levels'],
  ]
  for (const [content, limit] of over) {
    await refuses(content, limit)
    observe('safetensors', { 'headers over the limits of size, tensors and depth refused': 1 })
  }
  const long = fileOf(JSON.stringify({ __metadata__: { text: 'a'.repeat(MOST - 40) } }), 0)
  writeFileSync(file, long)
  assert.is((await readHeader(file)).metadata.text!.length, MOST - 40)
})

hostile('what can be written can be read: as many tensors, as much metadata', async () => {
  const empty = { dtype: 'F32', shape: [0], data: new Float32Array() } as const
  const tensors = (count: number) =>
    new Map(
      Array.from({ length: count }, (_, i) => [`transformer.resblocks.${i}.attn.weight`, empty] as const),
    )
  await writeSafetensors(file, tensors(2 ** 13 - 1), { format: 'pt' })
  assert.is((await readHeader(file)).tensors.size, 2 ** 13 - 1)
  const tooMany = writeSafetensors(file, tensors(2 ** 13))
  assert.ok(hasCode('ERR_ARGUMENT', '8192 tensors')(await rejection(tooMany)))
  const tooLong = writeSafetensors(file, tensors(1), { text: 'a'.repeat(8 << 20) })
  assert.ok(hasCode('ERR_ARGUMENT', String(8 << 20))(await rejection(tooLong)))
})

hostile('refuses tensors whose description is wrong, by name', async () => {
  const wrong: [string, string][] = [
    ['null', 'object'],
    ['[]', 'object'],
    ['{}', 'data type'],
    [tensor('[1]', '[0,4]', '"F31"'), 'F31'],
    [tensor('[1]', '[0,4]', '"constructor"'), 'constructor'],
    [tensor('[1]', '[0,4]', '7'), '7'],
    [tensor('[-1]', '[0,4]'), 'shape'],
    [tensor('[1.5]', '[0,4]'), 'shape'],
    [tensor('["1"]', '[0,4]'), 'shape'],
    [tensor('[1e400]', '[0,4]'), 'shape'],
    [tensor('[9007199254740993]', '[0,4]'), 'shape'],
    [tensor('1', '[0,4]'), 'shape'],
    [tensor(`[${'1,'.repeat(100)}1]`, '[0,4]'), 'shape'],
    [tensor('[1]', '[0]'), 'data_offsets'],
    [tensor('[1]', '[4,0]'), 'data_offsets'],
    [tensor('[1]', '[-4,0]'), 'data_offsets'],
    [tensor('[1]', '[0,4,8]'), 'data_offsets'],
    [tensor('[1]', '"04"'), 'data_offsets'],
    [tensor('[2]', '[0,4]'), '8 bytes'],
    [tensor('[4294967296,4294967296,4294967296]', '[0,4]'), 'data_offsets'],
    [tensor('[9007199254740991,9007199254740991,0]', '[0,4]'), 'data_offsets'],
    [tensor('[2]', '[0,8]'), 'cut short'],
    [tensor('[0]', '[4,4]'), 'hole'],
    [tensor('[1]', '[0,4]').replace('}', ',"more":1}'), 'more'],
  ]
  for (const [description, part] of wrong) await refuses(fileOf(`{"x.y":${description}}`, 4), '"x.y"', part)
})

hostile('refuses overlaps and holes', async () => {
  const two = (first: string, second: string): Buffer =>
    fileOf(`{"a":${tensor('[1]', first)},"b":${tensor('[1]', second)}}`, 12)
  await refuses(two('[0,4]', '[0,4]'), 'overlaps')
  await refuses(two('[0,4]', '[2,6]'), '"b"', 'overlaps')
  await refuses(two('[0,4]', '[8,12]'), '"b"', 'hole')
  await refuses(two('[8,12]', '[4,8]'), '"b"', 'hole')
  await refuses(two('[0,4]', '[4,8]'), '4 bytes follow')
})

hostile('pollutes no prototype', async () => {
  for (const name of ['__proto__', 'a.__proto__.b']) {
    await refuses(fileOf(`{"${name}":${tensor('[1]', '[0,4]')}}`, 4), '__proto__')
  }
  writeFileSync(file, fileOf(`{"__metadata__":{"__proto__":"x"},"constructor":${tensor('[1]', '[0,4]')}}`, 4))
  const { metadata, tensors } = await readHeader(file)
  assert.is(Object.getPrototypeOf(metadata), null)
  assert.equal([...tensors.keys()], ['constructor'])
  assert.is(({} as Record<string, unknown>).x, undefined)
})

async function surviveOrRefuse(content: Buffer): Promise<boolean> {
  writeFileSync(file, content)
  try {
    await readAll(file)
    return true
  } catch (error) {
    if (error instanceof MstaError && ['ERR_FORMAT', 'ERR_FILE'].includes(error.code)) return false
    throw error
  }
}

hostile('survives thousands of truncations and flipped bits', async () => {
  const valid = path.join(folder, 'valid.safetensors')
  await writeSafetensors(
    valid,
    {
      'encoder.weight': { dtype: 'F32', shape: [3, 2], data: new Float32Array(6) },
      ids: { dtype: 'I64', shape: [2], data: BigInt64Array.of(1n, 2n) },
      half: { dtype: 'F16', shape: [4], data: new Uint16Array(4) },
      mask: { dtype: 'U8', shape: [5], data: new Uint8Array(5) },
    },
    { format: 'pt' },
  )
  const bytes = readFileSync(valid)
  assert.ok(await surviveOrRefuse(bytes))
  for (let length = 0; length < bytes.length; length++) {
    assert.not.ok(await surviveOrRefuse(bytes.subarray(0, length)), `cut to ${length} bytes`)
  }
  const random = seededRandom(2048)
  const below = (limit: number): number => Math.floor(random() * limit)
  let refused = 0
  for (let n = 0; n < 4000; n++) {
    const damaged = Buffer.from(bytes)
    const flips = 1 + below(3)
    for (let flip = 0; flip < flips; flip++) damaged[below(damaged.length)]! ^= 1 << below(8)
    if (n % 4 === 0) damaged.writeUInt8(below(256), below(8))
    if (!(await surviveOrRefuse(n % 5 === 0 ? damaged.subarray(0, below(damaged.length)) : damaged)))
      refused++
  }
  assert.ok(refused > 2000, `${refused} of 4000 were refused`)
  observe('safetensors', `${refused} of 4000 damaged files refused, all ${bytes.length} cut ones`)
})

hostile.run()
