import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { observe, quote } from '../support/observe.js'
import { skipUnless } from '../support/skip.js'
import { FIXTURES, MAIN, msta, type Run } from './helpers.js'

const usage = suite('cli usage')
const COMMANDS = [
  ...[
    'predict',
    'init',
    'train',
    'serve',
    'eval',
    'results',
    'recipes',
    'describe',
    'convert',
    'frames',
    'tokenize',
    'flops',
    'doctor',
    'demo',
  ],
]
const NO_ADDON = { MSTA_NATIVE_BINARY: '/nonexistent/msta.node' }

function isUsageError({ status, stdout, stderr }: Run, ...parts: string[]): void {
  assert.is(status, 2, stderr)
  assert.is(stdout, '')
  for (const part of ['error: ', ...parts]) assert.match(stderr, part)
}

usage('help lists every command, on stdout, without the addon', async () => {
  for (const args of [['--help'], ['help']]) {
    const { status, stdout, stderr } = await msta(args, { env: NO_ADDON })
    assert.is(status, 0)
    assert.is(stderr, '')
    for (const command of COMMANDS) assert.match(stdout, `msta ${command}`)
  }
})

usage('every command has help', async () => {
  const runs = await Promise.all(COMMANDS.map((command) => msta([command, '--help'], { env: NO_ADDON })))
  for (const { status, stdout } of runs) {
    assert.is(status, 0)
    assert.match(stdout, '--json')
  }
})

usage("the version is the package's", async () => {
  const { version } = JSON.parse(readFileSync(path.resolve(FIXTURES, '../../package.json'), 'utf8'))
  const { status, stdout } = await msta(['--version'], { cwd: '/' })
  assert.is(status, 0)
  assert.is(stdout, `${version}\n`)
})

usage('wrong calls print the usage on stderr and exit with 2', async () => {
  isUsageError(await msta([]), 'msta <command>', 'Name a command')
  isUsageError(await msta(['frobnicate']), 'msta <command>', 'frobnicate')
  isUsageError(await msta(['tokenize', 'a', '--bogus']), 'msta tokenize', 'bogus')
  isUsageError(await msta(['predict', 'a.mp4']), '--labels')
  isUsageError(await msta(['predict', '--labels', 'a,b']), 'at least one video')
  isUsageError(await msta(['predict', 'a.mp4', '--labels', 'a,b', '--top-k', 'many']), '--top-k')
  isUsageError(await msta(['predict', 'a.mp4', '--labels', 'a,b', '--views', '4x2']), '4x2')
  isUsageError(await msta(['predict', 'a.mp4', '--labels', 'a,b', '--template', 'no place']), 'template')
  isUsageError(await msta(['predict', 'a.mp4', '--labels', 'a,b', '--dtype', 'int4']), 'int4')
  isUsageError(await msta(['predict', 'a.mp4', '--labels', 'a,b', '--model', 'random:huge']), 'random:huge')
  isUsageError(await msta(['predict', 'a.mp4', '--labels', 'a,b', '--threads', '0']), '--threads')
  isUsageError(await msta(['flops', '--dim', '64']), 'adapter')
})

usage('of an option given twice the last counts', async () => {
  const { status, stdout } = await msta([
    'tokenize',
    'a video of archery',
    '--context',
    '9',
    '--context',
    '3',
  ])
  assert.equal([status, stdout], [0, '49406 320 49407\n'])
})

usage('a failure exits with 1, shows its code, and its stack only when asked', async () => {
  const args = ['predict', 'a.mp4', '--labels', 'a,b', '--model', '/nonexistent/model']
  const plain = await msta(args)
  assert.is(plain.status, 1)
  assert.is(plain.stdout, '')
  assert.match(plain.stderr, /^error: \/nonexistent\/model.*\(ERR_FILE\)\n$/)
  const debug = await msta(args, { env: { MSTA_DEBUG: '1' } })
  assert.is(debug.status, 1)
  assert.match(debug.stderr, /\n\s+at /)
})

usage('a reader that leaves early is no error', () => {
  const texts = Array.from({ length: 5000 }, (_, i) => `text_number_${i}`)
  const script = 'set -o pipefail; "$0" "$@" | head -1'
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['-c', script, process.execPath, MAIN, 'tokenize', ...texts],
    {
      encoding: 'utf8',
    },
  )
  assert.is(stderr, '')
  assert.is(status, 0)
  assert.is(stdout.split('\n').length, 2)
})

skipUnless(
  usage,
  existsSync('/dev/full'),
  'there is no /dev/full',
)('a full disk under stdout is a failure', () => {
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', '"$0" "$@" > /dev/full', process.execPath, MAIN, 'tokenize', 'a'],
    {
      encoding: 'utf8',
    },
  )
  assert.is(status, 1)
  assert.match(stderr, 'ENOSPC')
  observe('fullDisk', `standard output on /dev/full: status ${status}, ${quote(stderr)}`)
})

usage('the compiled program may be executed, as npx does within the checkout', () => {
  assert.is(statSync(MAIN).mode & 0o111, 0o111)
})

usage.run()
