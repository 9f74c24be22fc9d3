/** Two results compared: verdicts that allow for noise and for the machine's moods, and the command's exit status. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareResults, comparisonText } from '../../bench/compare.js'
import { type BenchFile, type BenchRow, median, spread, type Times } from '../../bench/result.js'
import { packageRoot } from '../../lib/runtime/package-root.js'

const compare = suite('bench/compare')

function row(name: string, times: Times, peerMs?: number): BenchRow {
  const medianMs = median(times.flat())
  return {
    suite: 'video-forward',
    name,
    device: 'cpu',
    dtype: 'float32',
    shape: '[1]',
    medianMs,
    spreadMs: spread(times.flat()),
    times,
    gflops: null,
    peakRssMb: null,
    peers: peerMs ? { 'torch-eager': { medianMs: peerMs, ratio: peerMs / medianMs } } : {},
  }
}

const file = (rows: BenchRow[], rest: object = {}): BenchFile => ({
  date: '2026-01-01T00:00:00.000Z',
  machine: { cpu: 'one', cores: 2 },
  versions: {},
  commit: null,
  kernelHash: '0'.repeat(64),
  ceilings: {},
  rows,
  failures: [],
  ...rest,
})

const STEADY: Times = [
  [100, 101, 99],
  [100, 102, 100],
  [99, 101, 100],
]
const scaled = (times: Times, factor: number): Times => times.map((list) => list.map((ms) => ms * factor))
const verdict = (base: BenchRow, now: BenchRow, rest: [object, object] = [{}, {}]) =>
  compareResults(file([base], rest[0]), file([now], rest[1])).changes[0]!

compare('a change beyond the spread of the trials is one, a change within it is none', () => {
  assert.is(verdict(row('a', STEADY), row('a', scaled(STEADY, 0.8))).verdict, 'faster')
  assert.is(verdict(row('a', STEADY), row('a', scaled(STEADY, 1.25))).verdict, 'slower')
  assert.is(verdict(row('a', STEADY), row('a', STEADY)).verdict, 'same')
  const wild: Times = [
    [70, 90, 100],
    [100, 130, 150],
    [80, 95, 120],
  ]
  const { verdict: none, ratio, interval } = verdict(row('a', wild), row('a', scaled(wild, 1.1)))
  assert.is(none, 'same')
  assert.ok(interval[0] < 1 && interval[0] < ratio && ratio < interval[1])
  // However steady, a hundredth is no verdict.
  const still: Times = [
    [100, 100],
    [100, 100],
  ]
  assert.is(verdict(row('a', still), row('a', scaled(still, 1.01))).verdict, 'same')
})

compare('what the peers, or the ceilings, changed by is the machine', () => {
  const slowed = verdict(row('a', STEADY, 200), row('a', scaled(STEADY, 1.25), 250))
  assert.is(slowed.verdict, 'same')
  assert.is(slowed.drift, 1.25)
  assert.is(verdict(row('a', STEADY, 200), row('a', scaled(STEADY, 1.25), 200)).verdict, 'slower')
  const ceilings = (gemmF32Tflops: number) => ({ ceilings: { gemmF32Tflops } })
  const byCeilings = verdict(row('a', STEADY), row('a', scaled(STEADY, 2)), [ceilings(0.2), ceilings(0.1)])
  assert.is(byCeilings.verdict, 'same')
  assert.is(byCeilings.drift, 2)
})

compare('results without single times are compared by their spread', () => {
  const old = { ...row('a', STEADY), times: undefined }
  assert.is(verdict(old, row('a', scaled(STEADY, 1.5))).verdict, 'slower')
  assert.is(verdict({ ...old, spreadMs: 150 }, row('a', scaled(STEADY, 1.1))).verdict, 'same')
})

compare('rows of one result alone are listed, and the same numbers give the same text', () => {
  const base = file([row('a', STEADY), row('old', STEADY)])
  const now = file([row('a', STEADY), row('new', STEADY)])
  const found = compareResults(base, now)
  assert.equal(found.onlyBase, ['video-forward | old | cpu | float32 | [1]'])
  assert.equal(found.onlyNow, ['video-forward | new | cpu | float32 | [1]'])
  const text = comparisonText(found)
  assert.is(comparisonText(compareResults(base, now)), text)
  assert.match(text, /only in the base: .*old/)
  assert.match(text, /0 faster, 0 slower, 1 the same/)
})

compare('the command: exit status, and no comparison of two machines unless asked for', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'msta-compare-'))
  const write = (name: string, content: BenchFile) => {
    const target = path.join(folder, name)
    writeFileSync(target, JSON.stringify(content))
    return target
  }
  const command = (...args: string[]) =>
    spawnSync(process.execPath, [path.join(packageRoot, 'dist/bench/run.js'), ...args], { encoding: 'utf8' })
  try {
    const base = write('base.json', file([row('a', STEADY)]))
    const slow = write('slow.json', file([row('a', scaled(STEADY, 1.5))]))
    const elsewhere = write('elsewhere.json', file([row('a', STEADY)], { machine: { cpu: 'two', cores: 2 } }))
    assert.is(command('--compare', base, '--with', slow).status, 0)
    const failing = command('--compare', base, '--with', slow, '--fail-on-slower')
    assert.is(failing.status, 1)
    assert.match(failing.stdout, /slower +1\.500 of the time/)
    assert.is(command('--compare', slow, '--with', base, '--fail-on-slower').status, 0)
    const refused = command('--compare', base, '--with', elsewhere)
    assert.is(refused.status, 2)
    assert.match(refused.stderr, /another machine.*"one" and "two"/)
    const across = command('--compare', base, '--with', elsewhere, '--across-machines')
    assert.is(across.status, 0)
    assert.match(across.stdout, /DIFFERENT MACHINES: cpu/)
    assert.is(command('--with', base).status, 2)
    assert.is(command('--compare', path.join(folder, 'none.json'), '--with', base).status, 2)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

compare.run()
