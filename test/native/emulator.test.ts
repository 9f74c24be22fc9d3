/** What the emulator of GPUs computes and catches (native/cuda/emulator/emulator_test.cc), one check a line. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { packageRoot } from '../../lib/runtime/package-root.js'
import { skipUnless } from '../support/skip.js'

const emulator = suite('native: the emulator of GPUs')
const program = join(packageRoot, 'build/emulated/emulator_test')
const isBuilt = existsSync(program) || process.env.MSTA_REQUIRE_EMULATED === '1'
const test = skipUnless(emulator, isBuilt, `${program} has not been built`)

for (const seed of ['0', '1', '2', '3']) {
  test(`computes and catches what it must, warps in order ${seed}`, () => {
    const env = { ...process.env, MSTA_EMULATOR_SEED: seed }
    const { status, stdout } = spawnSync(program, { encoding: 'utf8', env })
    const lines = stdout.trim().split('\n')
    assert.equal(
      lines.filter((line) => !line.startsWith('ok ')),
      [],
    )
    assert.ok(lines.length >= 18, `only ${lines.length} checks`)
    assert.is(status, 0)
  })
}

emulator.run()
