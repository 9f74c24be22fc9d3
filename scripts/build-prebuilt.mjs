// Makes the prebuilt addon that the package carries, prebuilds/<platform>-<arch>/msta-native.<libc>.node, with
// prebuildify. `--glibc 2.28` fails if the binary needs a newer one. prebuildify empties the build folder first, so it
// works on a copy of the sources.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { headerFolder } from './build-native.mjs'
import { checkGlibc, needsLibraries } from './setup/needs.mjs'
import { prebuiltFile, prebuiltStamp } from './setup/prebuilt.mjs'
import { root } from './setup/root.mjs'
import { writeStamp } from './setup/stamp.mjs'

const SOURCES = ['package.json', 'binding.gyp', 'native']
// The C++ library of the compiler is newer than that of old systems: it goes into the binary, hidden from others.
const STATIC = '-static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL'
const ALLOWED = /^(linux-vdso|libc|libm|libpthread|libdl|librt|ld-linux-x86-64)\.so/

function copySources() {
  const copy = join(root, 'build/prebuilt')
  rmSync(copy, { recursive: true, force: true })
  mkdirSync(copy, { recursive: true })
  for (const name of SOURCES) cpSync(join(root, name), join(copy, name), { recursive: true })
  return copy
}

/** The version that a binary reports, read in a process of its own. @throws Error when it does not load */
function versionOf(file) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['-p', `require(${JSON.stringify(file)}).version`],
    {
      encoding: 'utf8',
    },
  )
  if (status !== 0) throw new Error(`${file} does not load:\n${stderr}`)
  return stdout.trim()
}

/** @throws Error when the binary could not be used where it is meant to be */
function checkBinary(file, mostGlibc) {
  const { version } = createRequire(import.meta.url)('../package.json')
  if (versionOf(file) !== version) throw new Error(`${file} is of version ${versionOf(file)}, not ${version}`)
  if (process.platform !== 'linux') return file
  const strange = needsLibraries(file).libraries.filter((name) => !ALLOWED.test(name))
  if (strange.length > 0) throw new Error(`${file} needs ${strange.join(', ')}, which not every system has`)
  return `${file}: needs glibc ${checkGlibc(file, mostGlibc)}`
}

/** @returns a line about the binary */
export async function buildPrebuilt({ mostGlibc, quiet = false } = {}) {
  const started = Date.now()
  const prebuildify = promisify(createRequire(import.meta.url)('prebuildify'))
  const file = prebuiltFile()
  rmSync(join(file, '..'), { recursive: true, force: true })
  process.env.npm_config_nodedir = headerFolder()
  process.env.JOBS ??= 'max'
  if (process.platform === 'linux')
    process.env.LDFLAGS = [process.env.LDFLAGS, STATIC].filter(Boolean).join(' ')
  await prebuildify({
    cwd: copySources(),
    out: root,
    napi: true,
    targets: [process.versions.node],
    strip: true,
    tagLibc: true,
    quiet,
  })
  const line = checkBinary(file, mostGlibc)
  writeStamp(prebuiltStamp, started)
  return line
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = process.argv.indexOf('--glibc')
  try {
    const line = await buildPrebuilt({ mostGlibc: option > 0 ? process.argv[option + 1] : undefined })
    process.stderr.write(`${line}\n`)
  } catch (error) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
