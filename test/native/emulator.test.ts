/**
 * What the emulator of GPUs computes and catches, and the matrix products one by one: the programs
 * native/cuda/emulator/*_test.cc, which print a line a check.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { packageRoot } from '../../lib/runtime/package-root.js'
import { skipUnless } from '../support/skip.js'

const emulator = suite('native: the emulator of GPUs')
const PROGRAMS = { emulator_test: 18, hopper_test: 15, gemm_test: 30 }

for (const [name, checks] of Object.entries(PROGRAMS)) {
  const program = join(packageRoot, 'build/emulated', name)
  const isBuilt = existsSync(program) || process.env.MSTA_REQUIRE_EMULATED === '1'
  const test = skipUnless(emulator, isBuilt, `${program} has not been built`)
  for (const seed of ['0', '7']) {
    test(`${name}, warps in order ${seed}`, () => {
      const env = { ...process.env, MSTA_EMULATOR_SEED: seed }
      const { status, stdout } = spawnSync(program, { encoding: 'utf8', env })
      const lines = stdout.trim().split('\n')
      assert.equal(
        lines.filter((line) => !line.startsWith('ok ')),
        [],
      )
      assert.ok(lines.length >= checks, `only ${lines.length} checks`)
      assert.is(status, 0)
    })
  }
}

emulator.run()
