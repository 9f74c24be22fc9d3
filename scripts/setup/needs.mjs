// What a shared library asks of the system it is loaded on.
import { spawnSync } from 'node:child_process'

function objdump(option, file) {
  const { status, stdout, stderr, error } = spawnSync('objdump', [option, file], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (status !== 0) throw new Error(`objdump ${option} ${file} failed: ${error?.message ?? stderr}`)
  return stdout
}

/** Libraries by file name, and versions of their symbols such as GLIBC_2.28. */
export function needsLibraries(file) {
  const headers = objdump('-p', file)
  return {
    libraries: [...headers.matchAll(/^\s*NEEDED\s+(\S+)/gm)].map(([, name]) => name),
    symbols: [...new Set(headers.match(/\b(?:GLIBC|GLIBCXX|CXXABI|GCC)_[0-9.]+/g))],
  }
}

/** The newest version of one `family` in a list such as `GLIBC_2.9`, `GLIBC_2.28`; undefined when there is none. */
function newestVersion(symbols, family) {
  const versions = symbols
    .filter((one) => one.startsWith(`${family}_`))
    .map((one) => one.slice(family.length + 1))
  const byNumber = (a, b) => a.localeCompare(b, 'en', { numeric: true })
  return versions.sort(byNumber).at(-1)
}

/**
 * The glibc that a library needs.
 * @param most the newest it may need; any unless given
 * @throws Error when it needs a newer one
 */
export function checkGlibc(file, most) {
  const needed = newestVersion(needsLibraries(file).symbols, 'GLIBC')
  if (most && newestVersion([`GLIBC_${needed}`, `GLIBC_${most}`], 'GLIBC') !== most)
    throw new Error(`${file} needs glibc ${needed}, newer than ${most}: build it on an older system`)
  return needed
}
