/** The programs of examples/: their types fit, each runs as its user would run it, and what it prints is right. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { COMPOUND_MOTION_NAMES } from '../lib/data/motions.js'
import { packageRoot } from '../lib/runtime/package-root.js'
import { makeFolder } from './video/helpers.js'

const test = suite('examples')
const { folder, remove } = makeFolder()
test.after(remove)

const examples = path.join(packageRoot, 'examples')
/** Runs Node and gives what it prints; a failure tells all of it. */
async function runNode(...words: string[]): Promise<string> {
  try {
    return (await promisify(execFile)(process.execPath, words, { cwd: folder })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${words[0]}: ${stdout}${stderr}`)
  }
}

/** The lines that an example prints. */
const linesOf = async (name: string) =>
  (await runNode(path.join(examples, `${name}.mjs`), path.join(folder, name))).trimEnd().split('\n')

/** All numbers of a line. */
const numbersOf = (line: string) => (line.match(/\d+(\.\d+)?/g) ?? []).map(Number)

test('all of them are listed, and tested here', () => {
  const programs = readdirSync(examples).filter((name) => name.endsWith('.mjs'))
  const readme = readFileSync(path.join(examples, 'README.md'), 'utf8')
  const here = readFileSync(path.join(packageRoot, 'test/examples.test.ts'), 'utf8')
  assert.is(programs.length, 5)
  for (const name of programs) {
    assert.ok(readme.includes(`](${name})`), `examples/README.md does not list ${name}`)
    assert.ok(here.includes(`linesOf('${name.replace('.mjs', '')}')`), `${name} is not tested`)
  }
})

test('their types fit', async () => {
  const compiler = path.join(packageRoot, 'node_modules/typescript/bin/tsc')
  assert.is(await runNode(compiler, '-p', examples), '')
})

test('zero-shot: every clip is recognised', async () => {
  const lines = await linesOf('zero-shot')
  assert.is(lines.length, 12)
  const right = lines.filter((line) => line.replaceAll('_', ' ').match(/^(.*)\/.*: \1 \d+\.\d %, /))
  // Chance is 3; msta-tiny takes 91 % of clips among four times as many classes.
  assert.ok(right.length >= 10, lines.join('\n'))
})

test('few-shot: training helps, and a clip gets one of the classes', async () => {
  const [accuracy = '', prediction = '', ...more] = await linesOf('few-shot')
  assert.is(more.length, 0)
  const [, before = NaN, after = NaN] = numbersOf(accuracy.replace('top-1', '1'))
  // Of 48 clips of 6 classes.
  assert.ok(after >= before + 15, accuracy)
  const label = /^.*\/.*\.mp4: (.*) \(\d+\.\d %\)$/.exec(prediction)?.[1]
  assert.ok(
    COMPOUND_MOTION_NAMES.some((name) => name === label),
    prediction,
  )
})

test('base-to-novel: a row for each system; the base classes are learnt', async () => {
  const lines = await linesOf('base-to-novel')
  const row = /^(ViCLIP.*): base (\d+\.\d).*, novel (\d+\.\d).*, harmonic mean (\d+\.\d)/
  const rows = lines.map((line) => row.exec(line)?.slice(1))
  assert.equal(
    rows.map((cells) => cells?.[0]),
    ['ViCLIP', 'ViCLIP + MSTA'],
  )
  const figures = rows.map((cells) => cells!.slice(1).map(Number) as [number, number, number])
  for (const [base, novel, hm] of figures)
    assert.ok(Math.abs(hm - (2 * base * novel) / (base + novel)) < 0.2, lines.join('\n'))
  assert.ok(figures[1]![0] > figures[0]![0], lines.join('\n'))
})

test('new-adapter: training helps, and its file brings all of it back', async () => {
  const [trained = '', loaded = '', ...more] = await linesOf('new-adapter')
  assert.is(more.length, 0)
  const [parameters, before = NaN, after = NaN] = numbersOf(trained)
  // Three blocks of the video encoder, 96 wide, and two of the text encoder, 48 wide.
  assert.is(parameters, 3 * (2 * 96 * 16 + 96 + 16) + 2 * (2 * 48 * 16 + 48 + 16))
  assert.ok(after > before, trained)
  assert.equal(numbersOf(loaded), [after])
})

test('worker: it recognises, and stops when told to', async () => {
  const lines = await linesOf('worker')
  assert.ok(
    lines.slice(0, 5).every((line) => /^[a-z ]+ \([01]\.\d\d\)$/.test(line)),
    lines.join('\n'),
  )
  const [, stopped = NaN, all] =
    /^stopped after (\d+) of (\d+) videos$/m.exec(lines.join('\n'))?.map(Number) ?? []
  assert.is(all, 100)
  assert.ok(stopped >= 5 && stopped < 100, lines.join('\n'))
})

test.run()
