/**
 * Every suite of the CPU on a tiny model: without peers, and beside pretended ones, which prove that the right
 * programs are called in the right way. Needs no network and no Python.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type BenchFile, type BenchRow, isSkipped, resultProblems } from '../../bench/result.js'
import { packageRoot } from '../../lib/runtime/package-root.js'
import { findFfmpeg } from '../../lib/video/ffmpeg.js'
import { skipUnless } from '../support/skip.js'

const tiny = suite('bench/tiny')
const folder = mkdtempSync(path.join(tmpdir(), 'msta-bench-test-'))
tiny.after(() => rmSync(folder, { recursive: true, force: true }))

function bench(peers: string, ...args: string[]): { file: BenchFile; stdout: string; status: number | null } {
  const json = path.join(folder, 'result.json')
  rmSync(json, { force: true })
  const { stdout, stderr, status, signal, error } = spawnSync(
    process.execPath,
    [path.join(packageRoot, 'dist/bench/run.js'), '--size', 'tiny', '--rounds', '1', '--json', json, ...args],
    { encoding: 'utf8', env: { ...process.env, MSTA_PEERS: peers, MSTA_NUM_THREADS: '2' } },
  )
  if (status === null) throw new Error(`ended by ${signal ?? error}: ${stderr}`)
  return { file: JSON.parse(readFileSync(json, 'utf8')), stdout, status }
}

const NOBODY = path.join(folder, 'nobody')

/** What the pretended Python does: it answers as the peers' programs would, and notes how it was called. */
const PYTHON = `
const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs')
const path = require('node:path')
const args = process.argv.slice(2)
if (args[0] === '-c') {
  if (args[1].includes('cuda')) console.log('["2.0", null, false]')
  else console.log('{"av": "1", "numpy": "1", "onnx": "1", "onnxruntime": "1", "torch": "2"}')
  process.exit()
}
appendFileSync(path.join(__dirname, 'calls.txt'), [path.basename(args[0]), ...args.slice(1)].join(' ') + '\\n')
if (args[0].endsWith('onnx_viclip.py')) {
  mkdirSync(args[1], { recursive: true })
  const write = (name, values) => writeFileSync(path.join(args[1], name), Buffer.from(Float32Array.from(values).buffer))
  writeFileSync(path.join(args[1], 'model.onnx'), '')
  write('input.bin', [1, 2])
  write('output.bin', args.includes('text') ? [2, -1] : [1, 2])
  console.log('{}')
} else console.log(JSON.stringify({ times: [1e6, 1e6], peakRssMb: 100 }))
`
/** An onnxruntime that gives its input back. */
const ONNXRUNTIME = `
class Tensor { constructor(type, data, dims) { Object.assign(this, { type, data, dims }) } }
const session = {
  inputMetadata: [{ type: 'float32', shape: [1, 2] }],
  run: async ({ input }) => ({ output: input }),
}
module.exports = { env: { versions: { node: '1.0' } }, Tensor, InferenceSession: { create: async () => session } }
`

function pretendPeers(): string {
  const peers = path.join(folder, 'peers')
  mkdirSync(path.join(peers, 'bin'), { recursive: true })
  const runtime = path.join(peers, 'node_modules', 'onnxruntime-node')
  mkdirSync(runtime, { recursive: true })
  writeFileSync(path.join(runtime, 'index.js'), ONNXRUNTIME)
  const program = path.join(peers, 'bin', 'python.cjs')
  writeFileSync(program, PYTHON)
  const python = path.join(peers, 'bin', 'python')
  writeFileSync(python, `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`)
  chmodSync(python, 0o755)
  return peers
}

const failed = (file: BenchFile) => file.failures.map(({ suite: name, dtype }) => `${name} ${dtype}`)
const dtypesOf = (rows: BenchRow[], name: string) =>
  rows.filter((row) => row.suite === name).map(({ dtype }) => dtype)

tiny('without peers every suite has its rows, and every peer a reason', () => {
  const suites = ['video-forward:1,2', 'text-forward', 'train-step:1', 'load-weights', 'kernels']
  const args = suites.flatMap((name) => ['--suite', name])
  const { file, status } = bench(NOBODY, ...args, '--kernel', 'adamw', '--dtype', 'float32,bfloat16')
  assert.is(status, 0)
  assert.equal(resultProblems(file), [])
  assert.equal(failed(file), [])
  const both = ['float32', 'bfloat16']
  assert.equal(dtypesOf(file.rows, 'video-forward'), [...both, ...both])
  for (const name of ['text-forward', 'load-weights']) assert.equal(dtypesOf(file.rows, name), both, name)
  // With and without a cached prefix.
  assert.equal(
    dtypesOf(file.rows, 'train-step'),
    both.flatMap((dtype) => [dtype, dtype]),
  )
  assert.ok(dtypesOf(file.rows, 'kernels').length > 0)
  for (const row of file.rows.filter(({ suite: name }) => name !== 'kernels')) {
    assert.ok(row.peakRssMb! > 10, row.name)
    assert.ok(row.times!.flat().length > 0)
    assert.ok(Object.keys(row.peers).length > 0)
    for (const peer of Object.values(row.peers)) assert.ok(isSkipped(peer) && /setup/.test(peer.skipped))
  }
  for (const row of file.rows.filter(({ suite: name }) => name.endsWith('forward')))
    assert.ok(row.ceilingShare! > 0 && row.gflops! > 0, row.name)
  const { gemmF32Tflops, copyGBs } = file.ceilings
  assert.ok(gemmF32Tflops! > 0 && copyGBs! > 0)
})

tiny('pretended peers are called for what they are compared in, and measured', () => {
  const peers = pretendPeers()
  const labels = path.join(folder, 'labels.csv')
  writeFileSync(labels, 'id,name\n0,archery\n1,playing the guitar\n')
  const [table, drawn] = [path.join(folder, 'table.md'), path.join(folder, 'plot.svg')]
  const suites = ['video-forward:1', 'text-forward', 'train-step:1', 'load-weights']
  const args = suites.flatMap((name) => ['--suite', name])
  const outputs = ['--labels', labels, '--markdown', table, '--plot', drawn]
  const { file, stdout } = bench(peers, ...args, ...outputs, '--dtype', 'float32', '--dtype', 'bfloat16')
  const names = (name: string, dtype: string) =>
    Object.entries(file.rows.find((row) => row.suite === name && row.dtype === dtype)!.peers).map(
      ([peer, result]) => `${peer}${isSkipped(result) ? `: ${result.skipped}` : ''}`,
    )
  const torch = ['torch-eager', 'torch-compile']
  assert.equal(names('video-forward', 'float32'), [...torch, 'onnxruntime-node'])
  assert.equal(names('video-forward', 'bfloat16'), torch)
  const [, , wrong] = names('text-forward', 'float32')
  assert.match(wrong!, /^onnxruntime-node: .*cosine 0 to PyTorch's output/)
  assert.equal(names('train-step', 'bfloat16'), [...torch, 'torch-compile-autocast'])
  const eager = file.rows[0]!.peers['torch-eager']!
  assert.ok(!isSkipped(eager) && eager.medianMs === 1e6 && eager.peakRssMb === 100)
  assert.equal(resultProblems(file), [])
  assert.ok(stdout.includes(readFileSync(table, 'utf8').split('\n')[0]!))
  assert.match(readFileSync(drawn, 'utf8'), /^<svg/)
  const calls = readFileSync(path.join(peers, 'bin', 'calls.txt'), 'utf8')
  assert.match(calls, /torch_forward\.py --encoder video --batch 1 .*--dtype f32 --size-tiny --compile/)
  assert.match(calls, /torch_forward\.py --encoder text --batch 2 --ids \S+labels-2x\d+\.json/)
  assert.match(calls, /torch_train\.py .*--dtype bf16 .*--autocast --compile/)
  assert.match(calls, /torch_load\.py \S+model\.safetensors/)
})

const ffmpeg = await findFfmpeg().then(
  () => '',
  (error: Error) => error.message,
)
skipUnless(
  tiny,
  ffmpeg === '',
  ffmpeg,
)('clips are made, decoded and counted', () => {
  const { file } = bench(pretendPeers(), '--suite', 'decode', '--suite', 'loader')
  assert.equal(resultProblems(file), [])
  assert.equal(failed(file), [])
  const [decode, loader, ...cached] = file.rows
  assert.equal(Object.keys(decode!.peers), ['pyav'])
  assert.equal(Object.keys(loader!.peers), ['torch-dataloader'])
  assert.equal(
    cached.map(({ name }) => name.replace(loader!.name, '')),
    [', filling a frame cache', ', from a frame cache'],
  )
  for (const row of file.rows) {
    assert.ok(Math.abs(row.rate!.value * row.medianMs - 1000) < 1e-6)
    assert.is(row.gflops, null)
  }
  assert.match(decode!.shape, /^2 of 64x48, 2 s$/)
})

tiny.run()
