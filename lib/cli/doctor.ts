import { createRequire } from 'node:module'
import type { CudaSearch, DeviceName } from '../index.js'
import { EXIT } from './exit.js'
import { formatTable } from './output.js'
import { defineCommand, type Library } from './run.js'

/** `msta doctor`: what is installed, and why something does not work. */
export const doctor = defineCommand({
  command: 'doctor',
  describe: 'Say what is installed, and why CUDA or ffmpeg is not used',
  builder: (yargs) => yargs,
  async run(_, { library, output }) {
    const cpu = tryCpu(library)
    const { devices: gpus, ...search } = await library.findCuda()
    const devices = 'name' in cpu ? [cpu, ...gpus] : gpus
    const report = {
      devices,
      cuda: search,
      ffmpeg: await library.findFfmpeg().catch((error: Error) => ({ error: error.message })),
      addon: loadedAddon() ?? { error: 'error' in cpu ? cpu.error : 'unknown' },
      ...('name' in cpu ? describeCpu(cpu.description) : { instructionSet: null, threads: null }),
      /** What `--dtype auto` takes. */
      dtypes: devices.map(({ name }) => ({ device: name, dtype: autoDType(library, name) })),
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    }
    output.result(report)
    const { ffmpeg, addon, cuda } = report
    const rows = [
      ['node', `${report.node} on ${report.platform}`],
      ['addon', 'error' in addon ? `not usable: ${addon.error}` : `${addon.path}, version ${addon.version}`],
      ...devices.map(({ name, description }) => [name, description]),
      ...describeCuda(cuda),
      ...report.dtypes.map(({ device, dtype }) => ['dtype', `auto is ${dtype} on ${device}`]),
      [
        'ffmpeg',
        'error' in ffmpeg ? `not usable: ${ffmpeg.error}` : `${ffmpeg.path}, version ${ffmpeg.version}`,
      ],
    ]
    for (const line of formatTable(rows)) output.line(line)
    return 'name' in cpu ? EXIT.ok : EXIT.failure
  },
})

type Found = { name: string; description: string } | { error: string }

function tryCpu(library: Library): Found {
  try {
    const { name, description } = library.Device.get('cpu')
    return { name, description }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

const autoDType = (library: Library, name: string): string =>
  library.bestDType(library.Device.get(name as DeviceName))

/** Whether CUDA works, or why not, with every attempt and its remedy. */
function describeCuda({ available, reason, attempts }: Omit<CudaSearch, 'devices'>): string[][] {
  if (available) return [['cuda', `available${attempts.length > 0 ? `, ${attempts.at(-1)!.path}` : ''}`]]
  const details = attempts.map(({ path, reason, remedy }) => ['', `${path}: ${reason}; ${remedy}`])
  return [['cuda', `not available: ${reason}`], ...details]
}

/** The addon as Node has it: asking what is loaded cannot differ from what is used. */
function loadedAddon(): { path: string; version: string } | undefined {
  const loaded = Object.values(createRequire(import.meta.url).cache)
  const addon = loaded.find(
    (module) => module?.filename.endsWith('.node') && 'createStream' in module.exports,
  )
  return addon && { path: addon.filename, version: String(addon.exports.version) }
}

function describeCpu(description: string): { instructionSet: string | null; threads: number | null } {
  const match = /^(\w+), (\d+) threads?/.exec(description)
  return { instructionSet: match?.[1] ?? null, threads: match ? Number(match[2]) : null }
}
