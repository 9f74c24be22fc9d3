import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FIXTURES, makeFolder, msta, mstaJson } from './helpers.js'

const convert = suite('msta convert')
const { folder, remove } = makeFolder()
convert.after(remove)

const source = (name: string) => path.join(FIXTURES, 'torch', name)
const out = path.join(folder, 'model.safetensors')

convert('writes safetensors and tells what is in them', async () => {
  const { status, json, stderr } = await mstaJson(['convert', source('zip.pth'), out, '--dtype', 'float16'])
  assert.is(stderr, '')
  assert.is(status, 0)
  assert.equal(json, { tensors: 30, parameters: 403, bytes: 893, out })
  const again = await msta(['convert', out, out])
  assert.is(again.stdout, `wrote ${out}: 30 tensors, 403 parameters, 0.0 MB\n`)
})

convert('a checkpoint with code is refused with status 1', async () => {
  const { status, stdout, stderr } = await msta(['convert', source('evil.pth'), out])
  assert.is(status, 1)
  assert.is(stdout, '')
  for (const part of ['posix.system', 'Nothing of it was run', 'ERR_FORMAT']) assert.match(stderr, part)
})

convert('wrong calls exit with 2', async () => {
  for (const args of [[], ['a'], ['a', 'b', 'c'], ['a', 'b', '--dtype', 'int8']]) {
    const { status, stderr } = await msta(['convert', ...args])
    assert.is(status, 2, stderr)
  }
})

convert.run()
