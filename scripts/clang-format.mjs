// Formats the native sources with the clang-format on the PATH; `--check` only tells which are not formatted.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { onPath } from './setup/native.mjs'
import { root } from './setup/root.mjs'

const SOURCE = /\.(h|cc|cu|cuh)$/
const check = process.argv.includes('--check')

if (!onPath('clang-format')) {
  process.stderr.write('clang-format is missing. On Debian or Ubuntu: apt-get install -y clang-format\n')
  process.exit(1)
}
const files = readdirSync(join(root, 'native'), { recursive: true })
  .filter((name) => SOURCE.test(name))
  .map((name) => join('native', name))
  .sort()
const args = check ? ['--dry-run', '--Werror'] : ['-i']
const { status } = spawnSync('clang-format', ['--style=file', ...args, ...files], {
  cwd: root,
  stdio: ['ignore', 2, 2],
})
if (check && status !== 0) process.stderr.write('Run `npm run format`.\n')
process.exitCode = status ?? 1
