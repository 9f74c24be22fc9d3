// Run by `npm version`: the version of package.json, wherever else it stands. What an addon takes for its plugin is
// compiled into both; the two packages name each other's exact version.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup/root.mjs'

const read = (file) => readFileSync(join(root, file), 'utf8')

function replace(file, pattern, text) {
  const before = read(file)
  if (!pattern.test(before)) throw new Error(`${file} has nothing like ${pattern}`)
  writeFileSync(join(root, file), before.replace(pattern, text))
}

const { version } = JSON.parse(read('package.json'))
replace('native/runtime/version.h', /(\bversion = )"[^"]*"/, `$1"${version}"`)
for (const file of ['package.json', 'package-lock.json'])
  replace(file, /("msta-native-cuda-linux-x64": )"[^"]*"/, `$1"${version}"`)
const files = ['native/runtime/version.h', 'package.json', 'package-lock.json']
process.exitCode = spawnSync('git', ['add', ...files], { cwd: root, stdio: 'inherit' }).status ?? 1
