/**
 * The same kernels are compiled once an instruction set and linked together. A function that two of the builds define
 * under one name is kept once, and the linker may keep the one that an older processor cannot run. So every symbol
 * that others can see must be in its build's own namespace.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { packageRoot } from '../../lib/runtime/package-root.js'
import { skipUnless } from '../support/skip.js'

const symbols = suite('native: symbols')
const objects = join(packageRoot, 'build/Release/obj.target')
const hasNm = spawnSync('nm', ['--version']).status === 0
const builtHere = existsSync(join(objects, 'msta_avx2'))

/** Mangled names that a listing of `nm` defines for other files to use, outside the namespace of an instruction set. */
export function strangers(listing: string, isa: string): string[] {
  // After the mark of C++: of type information, guards and what is local to a function; of const members.
  const own = new RegExp(`^_Z(?:T[ISV]|GV)?Z?N[VK]*4msta${isa.length}${isa}`)
  return listing.split('\n').flatMap((line) => {
    // Capital letters, `u` and `v`, `w` are visible outside; the rest is the file's own.
    const [, kind, name] = /^[0-9a-f]+ ([A-Zuvw]) (.*)$/.exec(line) ?? []
    return kind && name && !own.test(name) ? [name] : []
  })
}

symbols('tells a shared function from one of its own', () => {
  const shared = ['_ZN4msta5ShapeC2Ei', '_ZSt4sortIPiEvT_S1_', '_ZN4msta11avx2_wider4copyEv', 'memcpy']
  const own = [
    '_ZN4msta4avx27combineERKNS_10KernelArgsE',
    '_ZN4msta4avx29copy_rowsIfEEvPKT_',
    '_ZNK4msta4avx26Matrix4sizeEv',
    '_ZTIN4msta4avx26FormatE',
    '_ZGVZN4msta4avx27combineEvE5table',
  ]
  const listing = [
    ...[...shared, ...own].map((name) => `0000000000000010 W ${name}`),
    '0000000000000000 t _Z5locali',
    '                 U memmove',
    '',
  ].join('\n')
  assert.equal(strangers(listing, 'avx2'), shared)
})

const objectTest = skipUnless(
  symbols,
  hasNm && builtHere,
  hasNm ? `there are no object files of node-gyp in ${objects}` : 'there is no nm (Debian: binutils)',
)

for (const isa of ['avx2', 'avx512', 'avx512_bf16', 'portable']) {
  objectTest(`${isa}: every visible symbol is in msta::${isa}`, () => {
    const folder = join(objects, `msta_${isa}`)
    const files = readdirSync(folder, { recursive: true }).map(String)
    const found = files
      .filter((file) => file.endsWith('.o'))
      .map((file) => {
        const { stdout, status } = spawnSync('nm', ['--defined-only', join(folder, file)], {
          encoding: 'utf8',
        })
        assert.is(status, 0, file)
        return { file, names: [...new Set(strangers(stdout, isa))] }
      })
    assert.ok(found.length > 5)
    assert.equal(
      found.filter(({ names }) => names.length > 0),
      [],
    )
  })
}

symbols.run()
