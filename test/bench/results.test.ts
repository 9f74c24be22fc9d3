/** The benchmark's results: well-formed, and of today's kernels or a notice that they are not. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { kernelHash, kernelSources } from '../../bench/kernel-hash.js'
import { type BenchFile, ceilingShare, isGpuResult, median, resultProblems } from '../../bench/result.js'
import { packageRoot } from '../../lib/runtime/package-root.js'
import { skipUnless } from '../support/skip.js'

const results = suite('bench/results')

const folder = path.join(packageRoot, 'bench', 'results')
const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
const files = names.sort().map((name) => {
  try {
    return { name, file: JSON.parse(readFileSync(path.join(folder, name), 'utf8')) }
  } catch (error) {
    return { name, file: `no JSON: ${(error as Error).message}` }
  }
})

results('every file is well-formed', () => {
  assert.equal(
    files.flatMap(({ name, file }) => resultProblems(file).map((problem) => `${name} ${problem}`)),
    [],
  )
})

const newest = files
  .filter(({ file }) => typeof file === 'object' && isGpuResult(file))
  .sort((a, b) => String(a.file.date).localeCompare(String(b.file.date)))
  .at(-1)
const notice = newest
  ? `the newest GPU result, bench/results/${newest.name}, is of other kernels than today's: run bench/gpu.sh on a GPU`
  : 'no GPU result yet: run bench/gpu.sh on a GPU'
skipUnless(
  results,
  newest?.file.kernelHash === kernelHash(),
  notice,
)('the newest GPU result is of these kernels', () => {})

const PEERS = { 'torch-eager': { medianMs: 3, ratio: 1.5 }, 'torch-compile': { skipped: 'no time left' } }
const ROW = {
  suite: 'video-forward',
  name: 'x',
  device: 'cuda:0',
  dtype: 'bfloat16',
  shape: '[1]',
  medianMs: 2,
  spreadMs: 0,
  gflops: null,
  ceilingShare: 0.5,
  peakRssMb: null,
  peers: PEERS,
}
const FILE = {
  date: '2026-11-23T08:00:00.000Z',
  machine: { gpu: 'NVIDIA H200' },
  versions: {},
  commit: null,
  kernelHash: '0'.repeat(64),
  ceilings: {},
  rows: [ROW],
  failures: [],
} as unknown as BenchFile

results('what is malformed is found', () => {
  assert.equal(resultProblems(FILE), [])
  const problems = (change: object) => resultProblems({ ...FILE, ...change }).length
  const inRow = (change: object) => problems({ rows: [{ ...ROW, ...change }] })
  for (const change of [
    { machine: { gpu: null } },
    { versions: null },
    { commit: 3 },
    { kernelHash: 'x' },
    { rows: [] },
  ])
    assert.is(problems(change), 1, JSON.stringify(change))
  for (const change of [{ date: 'yesterday' }, { rows: [3] }]) assert.ok(problems(change) > 0)
  for (const change of [{ medianMs: 0 }, { medianMs: null }, { name: '' }, { spreadMs: -1 }, { peers: null }])
    assert.ok(inRow(change) > 0, JSON.stringify(change))
  assert.is(inRow({ ceilingShare: undefined }), 1)
  assert.is(inRow({ peers: { 'torch-eager': { medianMs: 3, ratio: 2 } } }), 1)
  assert.is(inRow({ peers: { 'torch-eager': {} } }), 1)
  for (const nothing of [null, 3, [], 'no JSON']) assert.is(resultProblems(nothing).length, 1)
  // A result of the CPU needs neither ceilings nor the hash of kernels that did not run.
  const onCpu = { ...ROW, device: 'cpu', ceilingShare: undefined }
  assert.equal(resultProblems({ ...FILE, date: undefined, kernelHash: undefined, rows: [onCpu] }), [])
})

results('the share of the ceiling is that of the longer of arithmetic and traffic', () => {
  const ceilings = { gemmBf16Tflops: 1, gemmF32Tflops: null, copyGBs: 1 }
  assert.is(ceilingShare({ flops: 1e9, bytes: 1e3, dtype: 'bfloat16' }, 2, ceilings), 0.5)
  assert.is(ceilingShare({ flops: 1e3, bytes: 1e6, dtype: 'bfloat16' }, 4, ceilings), 0.25)
  assert.is(ceilingShare({ flops: 1e9, dtype: 'float32' }, 4, ceilings), null)
  assert.is(ceilingShare({ flops: 1e9, dtype: 'float32' }, 4, undefined), null)
  assert.is(median([3, 1, 2]), 2)
})

results('the hash is of the CUDA sources: their names and contents, in any order of reading', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'msta-hash-'))
  const write = async (name: string, content: string) => {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true })
    await writeFile(path.join(root, name), content)
  }
  try {
    await write('native/kernels/b/b.cuda.cu', 'b')
    await write('native/cuda/z/deep.h', 'z')
    await write('native/cuda/a.cu', 'a')
    await write('native/kernels/b/b.h', 'h')
    const before = kernelHash(root)
    assert.match(before, /^[0-9a-f]{64}$/)
    await write('native/kernels/b/b.cpu.cc', 'not a GPU source')
    await write('native/kernels/b/b.spec.ts', 'nor this')
    assert.is(kernelHash(root), before)
    const sources = ['native/cuda/a.cu', 'native/cuda/z/deep.h']
    assert.equal(kernelSources(root), [...sources, 'native/kernels/b/b.cuda.cu', 'native/kernels/b/b.h'])
    await write('native/kernels/b/b.h', 'H')
    const changed = kernelHash(root)
    assert.is.not(changed, before)
    await rm(path.join(root, 'native/kernels/b/b.h'))
    await write('native/kernels/b/c.h', 'H')
    assert.is.not(kernelHash(root), changed)
  } finally {
    await rm(root, { recursive: true })
  }
  assert.ok(kernelSources().includes('native/cuda/gemm.cu'))
})

results.run()
