import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { convertWeights } from '../../lib/formats/convert.js'
import { openTensorFile } from '../../lib/formats/open.js'
import { readHeader, readIntTensor, readTensor } from '../../lib/formats/safetensors.js'
import { stateDictOf } from '../../lib/formats/state-dict.js'
import { packageRoot } from '../../lib/runtime/package-root.js'
import { skipUnless } from '../support/skip.js'
import { contentsOf, fixture, legacy, namesOf, opcodes, tensor, text } from './torch-fixtures.js'

const folder = mkdtempSync(path.join(tmpdir(), 'msta-torch-'))
const torch = suite('PyTorch checkpoints')
torch.after(() => rmSync(folder, { recursive: true }))

for (const name of ['zip.pth', 'legacy.pth', 'protocol4.pth', 'parallel.pth']) {
  torch(`${name} holds what safetensors wrote of the same tensors, byte by byte`, async () => {
    const out = path.join(folder, `${name}.safetensors`)
    await convertWeights(fixture(name), out)
    assert.equal(await contentsOf(out), await contentsOf(fixture('expected.safetensors')))
  })
}

torch('a TorchScript archive gives its tensors by the path of their attributes', async () => {
  const out = path.join(folder, 'script.safetensors')
  await convertWeights(fixture('script.pt'), out)
  const contents = await contentsOf(out)
  assert.equal([...contents.keys()], ['logit_scale', 'mask', 'visual.0.weight', 'visual.1.weight'])
  assert.equal(contents, await contentsOf(fixture('script.safetensors')))
})

torch(
  'names are paths of keys; the state dict is found below its wrappers, without the optimizer',
  async () => {
    const zip = await openTensorFile(fixture('zip.pth'))
    assert.is(zip.stateDictPath, 'model')
    assert.ok(zip.tensors.has('model.view.base'))
    assert.ok(zip.tensors.has('optimizer.state.0.exp_avg'))
    const expected = namesOf(await readHeader(fixture('expected.safetensors')))
    assert.equal(namesOf(stateDictOf(zip)), expected)
    const parallel = await openTensorFile(fixture('parallel.pth'))
    assert.ok(parallel.tensors.has('state_dict.module.scalar'))
    assert.equal(namesOf(stateDictOf(parallel)), expected)
  },
)

torch('tensors without gaps have no strides; others are read in order', async () => {
  for (const name of ['zip.pth', 'legacy.pth']) {
    const file = stateDictOf(await openTensorFile(fixture(name)))
    const strided = namesOf(file).filter((name) => file.tensors.get(name)!.strides)
    assert.equal(
      strided,
      [
        'brain',
        'bytes',
        'column',
        'expanded',
        'half',
        'long',
        'overlapping',
        'permuted',
        'steps',
        'transposed',
      ].map((part) => `view.${part}`),
    )
    const base = await readTensor(file, 'view.base')
    const at = (row: number, column: number) => base[row * 8 + column]!
    assert.equal(
      await readTensor(file, 'view.transposed'),
      Float32Array.from({ length: 48 }, (_, i) => at(i % 6, Math.floor(i / 6))),
    )
    assert.equal(
      await readTensor(file, 'view.steps'),
      Float32Array.of(at(1, 2), at(1, 5), at(3, 2), at(3, 5), at(5, 2), at(5, 5)),
    )
    assert.equal(await readTensor(file, 'view.tail'), base.subarray(32))
    assert.equal(await readTensor(file, 'view.expanded'), new Float32Array(15).fill(at(0, 0)))
    assert.equal(await readIntTensor(file, 'view.bytes'), Int32Array.of(0, 3, 1, 4, 2, 5))
  }
})

torch('the kind of a file is told by its content, whatever its name', async () => {
  const names = { 'a.bin': 'zip64.pth', 'b.safetensors': 'small.pth', 'c.pth': 'expected.safetensors' }
  for (const [name, source] of Object.entries(names)) {
    const file = path.join(folder, name)
    copyFileSync(fixture(source), file)
    assert.equal(namesOf(await openTensorFile(file)), namesOf(await openTensorFile(fixture(source))))
  }
  const zip64 = await openTensorFile(fixture('zip64.pth'))
  assert.equal(await readTensor(zip64, 'a'), Float32Array.of(0, 3, 1, 4, 2, 5))
})

torch('one object under two names is read under both', async () => {
  const file = path.join(folder, 'shared.pth')
  const shared = opcodes('}q\x01', text('w'), tensor('0', 4, 1, [2], [1]), 's')
  writeFileSync(
    file,
    legacy(opcodes('}(', text('a'), shared, text('b'), 'h\x01', text('c'), ']h\x01a', 'u'), {
      0: [0, 1, 2, 3],
    }),
  )
  const opened = await openTensorFile(file)
  assert.equal(namesOf(opened), ['a.w', 'b.w', 'c.0.w'])
  assert.equal(await readTensor(opened, 'c.0.w'), Float32Array.of(1, 2))
})

torch('very old files have tensors that see a part of their storage', async () => {
  const file = path.join(folder, 'windows.pth')
  const whole = tensor('0', 6, 1, [2], [1], [0, 6])
  const part = tensor('0', 6, 1, [2], [1], [3, 3])
  writeFileSync(
    file,
    legacy(opcodes('}(', text('whole'), whole, text('part'), part, 'u'), { 0: [0, 1, 2, 3, 4, 5] }),
  )
  const opened = await openTensorFile(file)
  assert.equal(await readTensor(opened, 'whole'), Float32Array.of(1, 2))
  assert.equal(await readTensor(opened, 'part'), Float32Array.of(4, 5))
})

const tiny = path.join(packageRoot, '../shared/fixtures/tiny.model')
const sharedTest = skipUnless(torch, existsSync(`${tiny}.pth`), `there is no ${tiny}.pth`)
sharedTest('a published pair of .pth and .safetensors has the same numbers', async () => {
  const out = path.join(folder, 'tiny.safetensors')
  await convertWeights(`${tiny}.pth`, out)
  assert.equal(await contentsOf(out), await contentsOf(`${tiny}.safetensors`))
})

torch.run()
