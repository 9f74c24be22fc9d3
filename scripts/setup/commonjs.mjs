// What `require('msta-native')` gives: the same modules, which Node can require, and their types marked as those of a
// CommonJS module (TypeScript refuses to require a module's types in its mode node16).
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from './root.mjs'

const lib = join(root, 'dist/lib')
const target = join(root, 'dist/cjs')

const isPublicType = (path) => path.endsWith('.d.ts') && !relative(lib, path).startsWith('cli')

export function writeCommonJs() {
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  cpSync(lib, target, {
    recursive: true,
    filter: (path) => isPublicType(path) || !/\.[a-z]+$/.test(path),
  })
  writeFileSync(join(target, 'package.json'), '{ "type": "commonjs" }\n')
  writeFileSync(join(target, 'index.js'), "module.exports = require('../lib/index.js')\n")
}
