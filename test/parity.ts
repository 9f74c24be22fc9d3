import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Device, type DeviceName } from '../lib/runtime/device.js'
import { readCase } from './parity/case.js'
import { runCase } from './parity/run-case.js'

/** Relative errors allowed: SPEC's yardstick for float32; bfloat16 keeps 8 bits of a value. */
const TOLERANCES = { f32: { forward: 1e-5, gradient: 5e-5 }, bf16: { forward: 2e-2, gradient: 1e-1 } }

const USAGE = 'usage: npm run parity -- DIR [--device cpu|cuda] [--dtype f32|bf16] [--json FILE]'

function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length || expected.length === 0) return Number.NaN
  let difference = 0
  let norm = 0
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2
    norm += expected[i]! ** 2
  }
  // Where the reference is all zero, ours must be too.
  if (norm === 0) return difference === 0 ? 0 : Number.POSITIVE_INFINITY
  return Math.sqrt(difference / norm)
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      device: { type: 'string', default: 'cpu' },
      dtype: { type: 'string', default: 'f32' },
      json: { type: 'string' },
    },
  })
  const [folder] = positionals
  const tolerances = TOLERANCES[values.dtype as keyof typeof TOLERANCES]
  if (positionals.length !== 1 || !folder || !tolerances) {
    console.error(USAGE)
    return 2
  }
  const files = (await readdir(folder)).filter((name) => name.endsWith('.case.safetensors')).sort()
  const device = await Device.open(values.device as DeviceName)
  const rows: { case: string; quantity: string; error: number; tolerance: number; ok: boolean }[] = []
  for (const file of files) {
    const spec = await readCase(join(folder, file))
    const dtype = values.dtype === 'bf16' ? 'bfloat16' : 'float32'
    for (const { name, kind, actual, expected } of await runCase(device, spec, dtype)) {
      const error = relativeError(actual, expected)
      const tolerance = tolerances[kind]
      const ok = error <= tolerance
      rows.push({ case: spec.name, quantity: name, error, tolerance, ok })
      console.log(
        `${ok ? 'ok  ' : 'MISS'} ${spec.name} ${name.padEnd(72)} ${error.toExponential(2)} (at most ${tolerance})`,
      )
    }
  }
  const missed = rows.filter((row) => !row.ok).length
  const worst = Math.max(...rows.map((row) => row.error))
  console.log(
    `${rows.length} quantities of ${files.length} cases on ${device.name}, ${missed} missed, worst ${worst.toExponential(2)}`,
  )
  if (values.json) await writeFile(values.json, `${JSON.stringify(rows, null, 2)}\n`)
  return rows.length > 0 && missed === 0 ? 0 : 1
}

process.exitCode = await main().catch((error) => {
  console.error(error)
  return 1
})
