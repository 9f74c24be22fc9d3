// @env MSTA_KERNELS=avx512_bf16,avx512,avx2,portable

/** The same call gives the same bits, run after run and whatever the number of threads. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { deviceSuite } from './kernel-suite.js'

const kernels = deviceSuite('kernels: determinism')

const script = fileURLToPath(new URL('./output-hashes.js', import.meta.url))

async function hashes(threads: number): Promise<Record<string, string>> {
  const env = { ...process.env, MSTA_NUM_THREADS: String(threads) }
  const { stdout } = await promisify(execFile)(process.execPath, [script], { env, maxBuffer: 2 ** 24 })
  return JSON.parse(stdout)
}

// On a GPU threads are another matter: test/gpu.ts compares runs there.
kernels.onCpu('one, two and five threads, and two threads once more', async () => {
  const runs = [await hashes(1), await hashes(2), await hashes(5), await hashes(2)]
  const [first, ...others] = runs as [Record<string, string>, ...Record<string, string>[]]
  assert.ok(Object.keys(first).length > 250)
  for (const other of others) {
    const differing = Object.keys(first).filter((name) => first[name] !== other[name])
    assert.equal(differing, [])
  }
})

kernels.run()
