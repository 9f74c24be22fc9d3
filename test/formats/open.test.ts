import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTensorFile } from '../../lib/formats/open.js'
import { readTensor, writeSafetensors } from '../../lib/formats/safetensors.js'
import { hasCode, rejection } from '../support/errors.js'
import { fixture, legacy, namesOf, opcodes, tensor, text } from './torch-fixtures.js'

const folder = mkdtempSync(path.join(tmpdir(), 'msta-open-'))
const open = suite('opening files of tensors')
open.after(() => rmSync(folder, { recursive: true }))

const INDEX = 'model.safetensors.index.json'

/** A new folder with the files given, and two safetensors files to be shards. */
async function makeFolder(name: string, files: Record<string, string> = {}): Promise<string> {
  const made = path.join(folder, name)
  mkdirSync(made)
  const one = (value: number) => ({ dtype: 'F32' as const, shape: [1], data: Float32Array.of(value) })
  await writeSafetensors(path.join(made, 'one.safetensors'), { a: one(1), b: one(2) }, { note: 'x' })
  await writeSafetensors(path.join(made, 'two.safetensors'), { c: one(3) })
  for (const [file, content] of Object.entries(files)) writeFileSync(path.join(made, file), content)
  return made
}

const indexOf = (weightMap: unknown): string => JSON.stringify({ metadata: {}, weight_map: weightMap })
const SHARDS = { a: 'one.safetensors', b: 'one.safetensors', c: 'two.safetensors' }

open('parts of PyTorch are opened by their index, or by their folder', async () => {
  const name = 'pytorch_model.bin.index.json'
  const made = await makeFolder('bins', { [name]: indexOf({ a: 'first.bin', 'x.a': 'second.bin' }) })
  copyFileSync(fixture('small.pth'), path.join(made, 'first.bin'))
  writeFileSync(
    path.join(made, 'second.bin'),
    legacy(opcodes('}(', text('x.a'), tensor('0', 2, 0, [2], [1]), 'u'), { 0: [5, 6] }),
  )
  for (const each of [made, path.join(made, name)]) {
    const file = await openTensorFile(each)
    assert.equal(namesOf(file), ['a', 'x.a'])
    assert.equal(await readTensor(file, 'a'), Float32Array.of(0, 3, 1, 4, 2, 5))
    assert.equal(await readTensor(file, 'x.a'), Float32Array.of(5, 6))
  }
  writeFileSync(path.join(made, 'second.bin'), indexOf({ 'x.a': 'second.bin' }))
  assert.ok(hasCode('ERR_FORMAT', 'second.bin')(await rejection(openTensorFile(made))))
  copyFileSync(fixture('evil.pth'), path.join(made, 'second.bin'))
  assert.ok(hasCode('ERR_FORMAT', 'posix.system')(await rejection(openTensorFile(made))))
})

open('a sharded file is opened by its index, or by its folder', async () => {
  const made = await makeFolder('sharded', { [INDEX]: indexOf(SHARDS) })
  for (const name of [made, path.join(made, INDEX)]) {
    const file = await openTensorFile(name)
    assert.equal(namesOf(file), ['a', 'b', 'c'])
    assert.equal(await readTensor(file, 'b'), Float32Array.of(2))
    assert.equal(await readTensor(file, 'c'), Float32Array.of(3))
    assert.is(file.tensors.get('c')!.path, path.join(made, 'two.safetensors'))
    assert.equal({ ...file.metadata }, { note: 'x' })
  }
})

open('a safetensors file whose length begins as another kind of file does is opened', async () => {
  const made = await makeFolder('lengths')
  // The first byte of a pickle, of a JSON object, the first two of a zip archive.
  for (const length of [0x80, 0x17b, 0x4b50]) {
    const header = '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.padEnd(length)
    const prefix = Buffer.alloc(8)
    prefix.writeBigUInt64LE(BigInt(length))
    const file = path.join(made, `${length}.safetensors`)
    writeFileSync(file, Buffer.concat([prefix, Buffer.from(header), Buffer.from(Float32Array.of(7).buffer)]))
    assert.equal(await readTensor(await openTensorFile(file), 'a'), Float32Array.of(7))
  }
})

open('an index that does not fit its files is refused', async () => {
  const made = await makeFolder('wrong')
  const outside = path.join(folder, 'outside.safetensors')
  await writeSafetensors(outside, { a: { dtype: 'F32', shape: [1], data: Float32Array.of(1) } })
  const wrong: [string, string][] = [
    [indexOf({ a: '../outside.safetensors' }), 'same folder'],
    [indexOf({ a: outside }), 'same folder'],
    [indexOf({ a: '..' }), 'same folder'],
    [indexOf({ a: 'one.safetensors\0' }), 'same folder'],
    [indexOf({ a: '..\\outside.safetensors' }), 'same folder'],
    [indexOf({ a: '' }), 'same folder'],
    [indexOf({ a: 7 }), 'same folder'],
    [indexOf({ z: 'one.safetensors' }), '"z" is not in "one.safetensors"'],
    [indexOf({ a: 'two.safetensors' }), '"a" is not in "two.safetensors"'],
    [indexOf([]), 'weight_map'],
    ['{}', 'weight_map'],
    ['{"weight_map":{"a":"one.safetensors","a":"two.safetensors"}}', '"a" occurs twice'],
    ['{', 'JSON'],
    ['{\xff}', 'JSON'],
  ]
  const file = path.join(made, INDEX)
  for (const [content, part] of wrong) {
    writeFileSync(file, content, 'latin1')
    hasCode('ERR_FORMAT', file, part)(await rejection(openTensorFile(made)))
  }
  writeFileSync(file, indexOf({ a: 'absent.safetensors' }))
  hasCode('ERR_FILE', 'absent.safetensors')(await rejection(openTensorFile(made)))
  writeFileSync(file, `{${' '.repeat(1 << 24)}}`)
  hasCode('ERR_FORMAT', file, 'more than')(await rejection(openTensorFile(made)))
})

open('a folder gives the best of what it has', async () => {
  const made = await makeFolder('best')
  hasCode('ERR_FILE', made, 'pytorch_model.bin')(await rejection(openTensorFile(made)))
  const add = (from: string, name: string) => copyFileSync(from, path.join(made, name))
  add(fixture('small.pth'), 'pytorch_model.bin')
  assert.is((await openTensorFile(made)).path, path.join(made, 'pytorch_model.bin'))
  writeFileSync(path.join(made, INDEX), indexOf(SHARDS))
  assert.is((await openTensorFile(made)).path, path.join(made, INDEX))
  add(path.join(made, 'two.safetensors'), 'model.safetensors')
  assert.equal(namesOf(await openTensorFile(made)), ['c'])
})

open('what is no file of weights is told', async () => {
  const file = path.join(folder, 'page')
  const kinds = {
    'version https://git-lfs.github.com/spec/v1\noid': 'git lfs pull',
    '<!DOCTYPE html><html>': 'web page',
    '\n<html lang="en">': 'web page',
    '': '0 bytes',
    hello: '5 bytes',
    '\x80\x04.': 'pickle',
    'PK\x03\x04': 'zip directory',
    '\x1f\x8b\x08 gzip data': 'no safetensors',
  }
  for (const [content, part] of Object.entries(kinds)) {
    writeFileSync(file, content, 'latin1')
    hasCode('ERR_FORMAT', file, part)(await rejection(openTensorFile(file)))
  }
  hasCode('ERR_FILE', 'absent')(await rejection(openTensorFile(path.join(folder, 'absent'))))
  hasCode('ERR_FILE', 'regular file')(await rejection(openTensorFile('/dev/zero')))
})

open('opening ends with its signal', async () => {
  const reason = new Error('stop')
  for (const name of ['zip.pth', 'legacy.pth', 'expected.safetensors']) {
    const opening = openTensorFile(fixture(name), { signal: AbortSignal.abort(reason) })
    assert.is(await rejection(opening), reason)
  }
})

/** A signal that aborts when it is asked for the nth time. */
function signalAt(n: number, reason: Error): AbortSignal {
  const controller = new AbortController()
  let asked = 0
  controller.signal.throwIfAborted = () => {
    if (asked++ === n) controller.abort(reason)
    if (controller.signal.aborted) throw reason
  }
  return controller.signal
}

open('wherever it is when its signal aborts, opening ends with the reason', async () => {
  const reason = new Error('stop')
  for (const [name, least] of Object.entries({ 'zip.pth': 40, 'legacy.pth': 20 })) {
    let times = 0
    for (; times < 1000; times++) {
      const opened = await openTensorFile(fixture(name), { signal: signalAt(times, reason) }).catch((e) => e)
      if (!(opened instanceof Error)) break
      assert.is(opened, reason)
    }
    assert.ok(times > least, `${name} asked ${times} times`)
  }
})

open.run()
