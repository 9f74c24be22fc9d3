/** Why a native addon was not found or did not load, in words that lead to a remedy. */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import path from 'node:path'

/** One place where the addon was looked for in vain. */
export interface AddonFailure {
  path: string
  reason: string
}

/** What an addon must fit. */
export interface AddonTarget {
  platform: string
  arch: string
  libc: string
}

// As `e_machine` in the header of an ELF file.
const MACHINES: Record<number, string> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64', 243: 'riscv64' }

/** The C library of this process: `glibc 2.36`, else `musl` on Linux; empty elsewhere. */
export function describeLibc(): string {
  if (process.platform !== 'linux') return ''
  const report: typeof process.report & { excludeNetwork?: boolean } = process.report
  const before = report.excludeNetwork
  // Or it would ask for the names of this process's connections.
  report.excludeNetwork = true
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } }
  report.excludeNetwork = before
  return header.glibcVersionRuntime ? `glibc ${header.glibcVersionRuntime}` : 'musl'
}

/** The places where node-gyp-build looked before it failed with `message`, in its order. */
export function searchedPlaces(message: string, packageFolder: string): AddonFailure[] {
  const word = (pattern: RegExp) => pattern.exec(message)?.[1]
  const target: AddonTarget = {
    platform: word(/\bplatform=(\S+)/) ?? process.platform,
    arch: word(/\barch=(\S+)/) ?? process.arch,
    libc: word(/\blibc=(\S+)/) ?? '',
  }
  const folder = word(/loaded from: (.+)/) ?? packageFolder
  return [
    ...['build/Release', 'build/Debug'].map((name) => {
      const place = path.join(folder, name)
      return { path: place, reason: namesIn(place) ? 'holds no addon' : 'no such folder' }
    }),
    ...[folder, path.dirname(process.execPath)].map((parent) =>
      prebuiltPlace(path.join(parent, 'prebuilds'), target),
    ),
  ]
}

function prebuiltPlace(prebuilds: string, { platform, arch, libc }: AddonTarget): AddonFailure {
  const place = path.join(prebuilds, `${platform}-${arch}`)
  const there = namesIn(place)
  if (there) {
    const addons = there.filter((name) => name.endsWith('.node'))
    const reason =
      addons.length > 0 ? `holds ${addons.join(', ')}, and this system has ${libc}` : 'holds no addon'
    return { path: place, reason }
  }
  const others = namesIn(prebuilds)?.filter((name) => name.includes('-')) ?? []
  return { path: place, reason: others.length > 0 ? `not there, but ${others.join(', ')}` : 'no such folder' }
}

function namesIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder)
  } catch {
    return undefined
  }
}

/** What was wrong with the file of an addon that failed to load with `message`. */
export function explainFailure(file: string, message: string, libc = describeLibc()): string {
  const machine = machineOf(file)
  if (machine && machine !== process.arch)
    return `is for ${machine}, and this is ${process.arch}: were the packages installed on another machine?`
  const glibc = /version [`']GLIBC_([0-9.]+)' not found/.exec(message)?.[1]
  if (glibc) return `needs glibc ${glibc}, and this system has ${libc || 'none'}`
  const library = /version [`']((?:GLIBCXX|CXXABI|GCC)_[0-9.]+)' not found/.exec(message)?.[1]
  if (library) return `needs a newer C++ library than this system's (${library})`
  if (libc === 'musl' && /ld-linux|Error relocating/.test(message))
    return 'is for glibc, and this system has musl'
  if (/file too short|invalid ELF header|slice is not valid mach-o/.test(message))
    return `is damaged, or no addon at all (${firstLine(message, file)}): install msta-native again`
  return firstLine(message, file)
}

const firstLine = (message: string, file: string): string => message.split('\n')[0]!.replace(`${file}: `, '')

/** The processor that an ELF file is for; undefined for other files and processors. */
function machineOf(file: string): string | undefined {
  const header = Buffer.alloc(20)
  try {
    const descriptor = openSync(file, 'r')
    try {
      readSync(descriptor, header, 0, header.length, 0)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return undefined
  }
  return header.toString('latin1', 1, 4) === 'ELF' ? MACHINES[header.readUInt16LE(18)] : undefined
}
