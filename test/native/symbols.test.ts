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

/** Names a listing of `nm -C` defines for other files to use, outside `namespace`. */
export function strangers(listing: string, namespace: string): string[] {
  return listing.split('\n').flatMap((line) => {
    // Capital letters, `u` and `v`, `w` are visible outside; the rest is the file's own.
    const [, kind, name] = /^[0-9a-f]+ ([A-Zuvw]) (.*)$/.exec(line) ?? []
    if (!kind || !name || name.startsWith(`${namespace}::`)) return []
    // Type information and guard variables carry their owner's name behind a prefix.
    return new RegExp(`^(?:guard variable|vtable|typeinfo(?: name)?) for ${namespace}::`).test(name)
      ? []
      : [name]
  })
}

symbols('tells a shared function from one of its own', () => {
  const listing = [
    '0000000000000010 T msta::avx2::combine(msta::KernelArgs const&)',
    '0000000000000000 W msta::Shape::Shape(int)',
    '0000000000000000 V void std::sort<int>(int*)',
    '0000000000000000 t local(int)',
    '                 U memcpy',
    '',
  ].join('\n')
  assert.equal(strangers(listing, 'msta::avx2'), ['msta::Shape::Shape(int)', 'void std::sort<int>(int*)'])
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
        const { stdout, status } = spawnSync('nm', ['-C', '--defined-only', join(folder, file)], {
          encoding: 'utf8',
        })
        assert.is(status, 0, file)
        return { file, names: [...new Set(strangers(stdout, `msta::${isa}`))] }
      })
    assert.ok(found.length > 5)
    assert.equal(
      found.filter(({ names }) => names.length > 0),
      [],
    )
  })
}

symbols.run()
