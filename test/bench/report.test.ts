/** A result as people read it: a line, a table, a plot; and the command line. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { markdown } from '../../bench/markdown.js'
import { readOptions } from '../../bench/options.js'
import { plot } from '../../bench/plot.js'
import { rowText } from '../../bench/print.js'
import type { BenchFile, BenchRow } from '../../bench/result.js'

const report = suite('bench/report')

const ROW: BenchRow = {
  suite: 'video-forward',
  name: 'encoder <a|b>',
  device: 'cpu',
  dtype: 'float32',
  shape: '[1]',
  medianMs: 1000,
  spreadMs: 20,
  gflops: 180,
  ceilingShare: 0.75,
  peakRssMb: 500,
  peers: {
    'torch-eager': { medianMs: 2400, ratio: 2.4, peakRssMb: 1500 },
    'torch-compile': { skipped: 'not installed' },
    'onnxruntime-node': { medianMs: 1900, ratio: 1.9, peakRssMb: 1000 },
  },
}
const DECODE: BenchRow = {
  ...ROW,
  suite: 'decode',
  name: 'a clip',
  dtype: 'none',
  gflops: null,
  ceilingShare: null,
  peakRssMb: null,
  rate: { value: 21.25, unit: 'clips/s a core' },
  peers: {},
}
const FILE: BenchFile = {
  date: '2026-01-02T00:00:00.000Z',
  machine: { cpu: 'one', cores: 2, devices: [{ name: 'cpu', description: 'avx512, 2 threads' }] },
  versions: { node: 'v20', torch: null },
  commit: null,
  kernelHash: '0'.repeat(64),
  ceilings: { gemmF32Tflops: 0.25, gemmBf16Tflops: null, copyGBs: 39 },
  rows: [ROW, DECODE],
  failures: [
    { suite: 'video-forward', name: 'encoder', dtype: 'int8', shape: '[1]', error: 'no such\ntype' },
  ],
}

report('a table a suite: peers in columns, the fastest one over ours, its memory', () => {
  const lines = markdown(FILE).split('\n')
  const [head, rule, row] = lines.slice(lines.indexOf('### video-forward') + 2)
  assert.is(
    head,
    '| what | dtype | shape | msta-native | onnxruntime-node | torch-eager | fastest peer over ours | of the ceiling | memory |',
  )
  assert.is(rule!.split('---').length, head!.split('|').length - 1)
  assert.is(
    row,
    '| encoder <a\\|b> | float32 | [1] | **1000 ms** | 1900 ms | 2400 ms | 1.90x (onnxruntime-node) | 75 % | 500 MB (0.50 of theirs) |',
  )
  assert.ok(lines.includes('- torch-compile left out: not installed'))
  assert.ok(
    lines.includes('| a clip | – | [1] | **1000 ms**, 21.3 clips/s a core | – | – |'),
    lines.join('\n'),
  )
  assert.ok(lines.includes('- video-forward: encoder, int8, [1]: no such type'))
  assert.ok(lines.includes('Ceilings in the same run: 0.250 TFLOP/s float32, 39.0 GB/s copied.'))
  assert.not.match(lines.join('\n'), /null|undefined|NaN/)
})

report('a line: ratio of time and memory, why a peer is missing', () => {
  const line = rowText(ROW)
  assert.match(line, /torch-eager 2400 ms \(ratio 2\.40, memory 3\.00\)/)
  assert.match(line, /torch-compile: not installed/)
  assert.match(line, /75%/)
  assert.match(rowText(DECODE), /21\.3 clips\/s a core/)
})

report('a plot: a bar for ours and for every peer measured, as long as its time', () => {
  const svg = plot(FILE)!
  const bars = [...svg.matchAll(/<rect x="400" [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width))
  assert.is(bars.length, 3)
  assert.ok(
    Math.abs(bars[1]! / bars[0]! - 1.9) < 0.01 && Math.abs(bars[2]! / bars[0]! - 2.4) < 0.01,
    `${bars}`,
  )
  assert.match(svg, /encoder &lt;a\|b&gt;/)
  assert.not.match(svg, /undefined|NaN/)
  assert.is(plot({ ...FILE, rows: [DECODE] }), null)
})

report('the command line', () => {
  const options = readOptions(['--dtype', 'int8,float32', '--dtype', 'bfloat16', '--suite', 'decode'])
  assert.equal(options.dtypes, ['int8', 'float32', 'bfloat16'])
  assert.equal(
    options.suites.map(({ name }) => name),
    ['decode'],
  )
  assert.is(readOptions([]).dtypes, undefined)
  for (const wrong of [
    ['--dtype', 'float16'],
    ['--size', 'large'],
    ['--device', 'tpu'],
    ['--rounds', '0'],
    ['--budget', 'x'],
    ['--with', 'x.json'],
    ['--fail-on-slower'],
    ['--suite', 'speed'],
  ])
    assert.throws(() => readOptions(wrong), RangeError, wrong.join(' '))
  assert.throws(() => readOptions(['--unknown']))
})

report.run()
