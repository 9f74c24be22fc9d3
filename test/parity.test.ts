/** `npm run parity` itself: it passes on what is right, and only on that. */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readHeader } from '../lib/formats/safetensors.js'
import { skipUnless } from './support/skip.js'
import { makeFolder } from './video/helpers.js'

const parity = suite('parity')
const here = path.dirname(fileURLToPath(import.meta.url))
const CASES = path.resolve(here, '../../test/parity/reference/cases')
const SHARED = path.resolve(here, '../../../shared/fixtures')
const { folder, remove } = makeFolder()
const EMULATED = path.resolve(here, '../../build/emulated/libmsta_cuda.so')
const isEmulated = existsSync(EMULATED) || process.env.MSTA_REQUIRE_EMULATED === '1'
const emulatedTest = skipUnless(parity, isEmulated, `${EMULATED} has not been built`)
const sharedTest = skipUnless(parity, existsSync(SHARED), `there is no ${SHARED}`)
parity.after(remove)

interface Row {
  case: string
  quantity: string
  error: number
  tolerance: number
  ok: boolean
}

function run(...args: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, MSTA_CUDA_PLUGIN: EMULATED }
    const child = spawn(process.execPath, [path.join(here, 'parity.js'), ...args], { env })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text
      })
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, ...output }))
  })
}

/** A copy of one case. */
function copyCase(name: string, to: string): string {
  const target = path.join(folder, to)
  mkdirSync(target)
  for (const part of ['json', 'case.safetensors', 'model.safetensors'])
    cpSync(path.join(CASES, `${name}.${part}`), path.join(target, `${name}.${part}`))
  return target
}

/** Changes one value of a case by an amount that is large beside the tolerance. */
async function spoil(target: string, name: string, quantity: string): Promise<void> {
  const file = path.join(target, `${name}.case.safetensors`)
  const entry = (await readHeader(file)).tensors.get(quantity)!
  assert.is(entry.dtype, 'F32')
  const bytes = readFileSync(file)
  const values = Array.from({ length: entry.bytes / 4 }, (_, i) => bytes.readFloatLE(entry.offset + 4 * i))
  const norm = Math.hypot(...values)
  bytes.writeFloatLE(values.at(-1)! + 1e-3 * norm, entry.offset + entry.bytes - 4)
  writeFileSync(file, bytes)
}

async function passes(cases: string, ...options: string[]): Promise<void> {
  const json = path.join(folder, `${path.basename(cases)}.json`)
  const { status, stdout, stderr } = await run(cases, '--json', json, ...options)
  assert.is(status, 0, stdout.replace(/^ok .*\n/gm, '') + stderr)
  assert.not.match(stdout, 'MISS')
  const rows = JSON.parse(readFileSync(json, 'utf8')) as Row[]
  assert.is(stdout.match(/^ok /gm)?.length, rows.length)
  for (const { quantity, error, tolerance, ok } of rows) {
    assert.ok(ok && error <= tolerance, quantity)
    const isGradient = /\.(grad|after3)\./.test(quantity)
    assert.is(tolerance, isGradient ? 5e-5 : 1e-5, quantity)
  }
  for (const part of ['frozen.video_embed', 'msta.loss', 'msta.grad.', 'msta.after3.', 'full.grad.'])
    assert.ok(
      rows.some(({ quantity }) => quantity.startsWith(part)),
      `nothing called ${part}`,
    )
}

parity('the committed cases are met', () => passes(CASES))
sharedTest('the shared fixtures are met', () => passes(SHARED))
emulatedTest('the committed cases are met by the CUDA kernels, emulated', () =>
  passes(CASES, '--device', 'cuda'),
)
emulatedTest('and in bfloat16', async () => {
  const { status, stdout } = await run(CASES, '--device', 'cuda', '--dtype', 'bf16')
  assert.match(stdout, / on cuda:0, /)
  assert.is(status, 0, stdout.replace(/^ok .*\n/gm, ''))
})

parity('a folder without cases, or no folder, is a failure', async () => {
  const empty = path.join(folder, 'empty')
  mkdirSync(empty)
  writeFileSync(path.join(empty, 'notes.txt'), 'no case')
  assert.is((await run(empty)).status, 1)
  const nowhere = await run(path.join(folder, 'nowhere'))
  assert.is(nowhere.status, 1)
  assert.match(nowhere.stderr, 'nowhere')
})

parity('one wrong reference value is a miss, by name', async () => {
  const quantities = [
    'msta.after3.shared.0.weight',
    'full.ce',
    'frozen.text_embed',
    'full.grad.text_encoder.text_projection',
  ]
  const targets = quantities.map((_, i) => copyCase('small-deep', `spoiled${i}`))
  for (const [i, quantity] of quantities.entries()) await spoil(targets[i]!, 'small-deep', quantity)
  for (const [i, quantity] of quantities.entries()) {
    const { status, stdout } = await run(targets[i]!)
    assert.is(status, 1, quantity)
    const missed = stdout.split('\n').filter((line) => line.startsWith('MISS'))
    assert.equal(
      missed.map((line) => line.split(/\s+/).slice(1, 3)),
      [['small-deep', quantity]],
    )
    assert.match(stdout, ', 1 missed')
  }
})

parity('another input, or a NaN in a reference, misses too', async () => {
  const input = copyCase('small-deep', 'input')
  await spoil(input, 'small-deep', 'input.video')
  const other = await run(input)
  assert.is(other.status, 1)
  assert.match(other.stdout, 'MISS small-deep msta.video_embed')
  const target = copyCase('small-deep', 'nan')
  const file = path.join(target, 'small-deep.case.safetensors')
  const entry = (await readHeader(file)).tensors.get('msta.loss')!
  const bytes = readFileSync(file)
  bytes.writeFloatLE(Number.NaN, entry.offset)
  writeFileSync(file, bytes)
  const { status, stdout } = await run(target)
  assert.is(status, 1)
  assert.match(stdout, 'MISS small-deep msta.loss')
})

parity('a wrong call shows the usage', async () => {
  for (const args of [[], [CASES, CASES], [CASES, '--dtype', 'f64']]) {
    const { status, stderr } = await run(...args)
    assert.is(status, 2)
    assert.match(stderr, 'usage: npm run parity')
  }
  assert.is((await run(CASES, '--device', 'cuda:77')).status, 1)
})

parity.run()
