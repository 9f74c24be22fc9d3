/** Who may depend on whom (DESIGN section 3), the size of files, the parts of a kernel, documented exports. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { packageRoot } from '../lib/runtime/package-root.js'
import {
  checkKernelFolder,
  checkLibFile,
  checkNativeFile,
  documentation,
  importsOf,
  reexportsOf,
  undocumentedExports,
} from './build/layout-rules.js'

const layout = suite('layout')

const MOST_LINES = 600
const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8')

function filesBelow(folder: string, pattern: RegExp): string[] {
  if (!existsSync(join(packageRoot, folder))) return []
  return readdirSync(join(packageRoot, folder), { recursive: true })
    .map((name) => `${folder}/${String(name).replaceAll('\\', '/')}`)
    .filter((name) => pattern.test(name) && !name.includes('/node_modules/'))
    .sort()
}

layout('lib: nothing imports upwards', () => {
  const { dependencies, optionalDependencies = {} } = JSON.parse(read('package.json'))
  const known = [...Object.keys(dependencies), ...Object.keys(optionalDependencies)]
  const files = filesBelow('lib', /\.ts$/)
  assert.ok(files.length > 50)
  const problems = files.flatMap((file) => checkLibFile(file, read(file), known))
  assert.equal(problems, [])
})

layout('native: nothing includes upwards', () => {
  const files = filesBelow('native', /\.(h|cc|cu|cuh)$/)
  assert.ok(files.length > 40)
  assert.equal(
    files.flatMap((file) => checkNativeFile(file, read(file))),
    [],
  )
})

layout('every kernel has its header, CPU and CUDA source and specification, and is built', () => {
  const listed = JSON.parse(read('native/sources.json'))
  const folders = readdirSync(join(packageRoot, 'native/kernels'), { withFileTypes: true })
  const problems = folders
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      checkKernelFolder(name, readdirSync(join(packageRoot, 'native/kernels', name)), [
        ...listed.cpu,
        ...listed.cuda,
      ]),
    )
  assert.equal(problems, [])
})

layout('native/sources.json lists every source, and only sources that exist', () => {
  const lists = Object.values(JSON.parse(read('native/sources.json')))
    .filter(Array.isArray)
    .flat()
  const onDisk = filesBelow('native', /\.(cc|cu)$/)
  assert.equal([...lists].sort(), onDisk.sort())
})

layout(`no file has more than ${MOST_LINES} lines`, () => {
  const files = ['lib', 'native', 'test', 'bench', 'scripts'].flatMap((folder) =>
    filesBelow(folder, /\.(ts|mjs|js|h|cc|cu|cuh|py)$/),
  )
  const long = files
    .map((file) => ({ file, lines: read(file).split('\n').length - 1 }))
    .filter(({ lines }) => lines > MOST_LINES)
  assert.equal(long, [])
})

layout('every export of the index is documented where it is declared', () => {
  assert.ok(reexportsOf(read('lib/index.ts')).length > 30)
  assert.equal(undocumentedExports('lib/index.ts', read), [])
})

layout('the rules see imports in every form', () => {
  const source = [
    "import a from './a.js'",
    "import type { B } from '../b.js'",
    "export { c } from './c.js'",
    "const d = await import('./d.js')",
    "import './e.js'",
    "import {\n  f,\n} from './f.js'",
    "require('g')('./not this')",
    "// import x from './x.js'",
    "/** import y from './y.js' */",
  ].join('\n')
  const found = ['./a.js', '../b.js', './c.js', './d.js', './e.js', './f.js', 'g']
  assert.equal(importsOf(source).sort(), found.sort())
})

layout('the rules for lib fail where they should', () => {
  const problems = (file: string, ...targets: string[]) =>
    checkLibFile(file, targets.map((target) => `import x from '${target}'`).join('\n'), [
      'csv-parse',
      'yargs',
    ]).length
  assert.is(problems('lib/models/viclip/model.ts', '../../nn/block.js', './sizes.js', 'node:fs'), 0)
  assert.is(problems('lib/models/viclip/model.ts', '../../adapters/adapter.js'), 1)
  assert.is(problems('lib/tensor/tape.ts', '../formats/half.js', '../runtime/device.js'), 0)
  assert.is(problems('lib/formats/half.ts', '../tensor/tape.js'), 1)
  assert.is(
    problems('lib/text/bpe.ts', '../models/viclip/model.js', '../tensor/tensor.js', '../nn/linear.js'),
    3,
  )
  assert.is(problems('lib/video/decode.ts', '../data/lists.js', '../runtime/errors.js'), 1)
  assert.is(problems('lib/data/lists.ts', '../video/decode.js', 'csv-parse/sync'), 0)
  assert.is(problems('lib/data/lists.ts', '../train/train.js'), 1)
  assert.is(problems('lib/evaluate/views.ts', '../train/train.js'), 1)
  assert.is(problems('lib/runtime/device.ts', '../tensor/tensor.js', '../../native/kernels/spec.js'), 2)
  assert.is(problems('lib/cli/train.ts', '../index.js', './options.js', 'yargs/helpers', 'node:fs'), 0)
  assert.is(problems('lib/cli/train.ts', '../train/train.js', 'csv-parse', '../runtime/errors.js'), 3)
  assert.is(problems('lib/nn/linear.ts', 'left-pad'), 1)
  assert.is(problems('lib/utils/misc.ts', 'node:fs'), 1)
  assert.is(problems('lib/nn/linear.ts', '../index.js'), 1)
})

layout('the rules for native fail where they should', () => {
  const problems = (file: string, ...names: string[]) =>
    checkNativeFile(file, names.map((name) => `#include ${name}`).join('\n')).length
  assert.is(problems('native/addon/addon.cc', '<napi.h>', '"../runtime/stream.h"', '"completions.h"'), 0)
  assert.is(problems('native/runtime/stream.cc', '<napi.h>', '"../addon/addon.h"', '"../cpu/gemm.h"'), 3)
  assert.is(
    problems('native/kernels/linear/linear.cpu.cc', '"linear.h"', '"../../cpu/simd.h"', '<vector>'),
    0,
  )
  assert.is(problems('native/kernels/linear/linear.cpu.cc', '"../../addon/addon.h"', '<cuda_runtime.h>'), 2)
  assert.is(problems('native/kernels/linear/linear.cpu.cc', '"../../cuda/gemm.h"'), 1)
  assert.is(problems('native/kernels/linear/linear.cuda.cu', '<cuda_bf16.h>', '"../../cuda/gemm.h"'), 0)
  assert.is(problems('native/kernels/linear/linear.cuda.cu', '"../../cpu/simd.h"'), 1)
  assert.is(problems('native/cuda/gemm.cu', '<cuda_runtime.h>'), 0)
  assert.is(problems('native/misc/x.h'), 1)
})

layout('the rules for kernels and comments fail where they should', () => {
  const sources = ['native/kernels/relu/relu.cpu.cc', 'native/kernels/relu/relu.cuda.cu']
  const all = ['relu.h', 'relu.cpu.cc', 'relu.cuda.cu', 'relu.spec.ts']
  assert.is(checkKernelFolder('relu', all, sources).length, 0)
  assert.is(checkKernelFolder('relu', all, sources.slice(0, 1)).length, 1)
  assert.is(checkKernelFolder('relu', all.slice(0, 2), sources).length, 2)
  assert.is(documentation('/** What. */\nexport const a = 1', 'a'), 'documented')
  assert.is(documentation('/** What. */\nexport const b = 1\nexport const a = 1', 'a'), 'bare')
  assert.is(documentation('export const ab = 1', 'a'), 'absent')
  const files: Record<string, string> = {
    'lib/index.ts': "export { a, type B as C } from './x/x.js'\nexport {\n  d,\n} from './x/y.js'",
    'lib/x/x.ts':
      "/** A. */\nexport async function a() {}\nexport interface B {}\nexport { e as d } from './y.js'",
    'lib/x/y.ts': "export { a as d } from './x.js'",
  }
  assert.equal(
    undocumentedExports('lib/index.ts', (path) => files[path]!),
    ['lib/x/x.ts: B has no doc comment'],
  )
})

layout.run()
