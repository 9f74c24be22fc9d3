import { readdirSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { initFolderDataset } from '../../lib/index.js'
import { errorOf, send, stateOf } from '../serve/client.js'
import { makeFolder, msta } from './helpers.js'

const test = suite('msta serve')
const { folder: cwd, remove } = makeFolder()
test.before(async () => {
  await initFolderDataset(path.join(cwd, 'my-actions'))
})
test.after(remove)

/** Runs the program until `use` is done with its address, then presses Ctrl-C. */
async function serving(args: readonly string[], use: (url: string) => Promise<void>) {
  let used: Promise<void> | undefined
  const run = await msta(['serve', '--device', 'cpu', '--port', '0', ...args], {
    cwd,
    onStart: (child) =>
      child.stdout!.on('data', (text: string) => {
        const url = /http:\/\/\S+\//.exec(text)![0]
        used = use(url).finally(() => child.kill('SIGINT'))
      }),
  })
  await used
  return run
}

test('it tells its address, serves the folder, and ends with Ctrl-C without a trace', async () => {
  const { status, stdout, stderr } = await serving(['--data', 'my-actions', '--json'], async (url) => {
    const { data, model } = await stateOf(url)
    assert.is(model, 'msta-tiny')
    assert.equal(
      data!.classes.map(({ name }) => name),
      ['clapping', 'nothing happens', 'waving'],
    )
  })
  assert.is(status, 0, stderr)
  assert.match(JSON.parse(stdout).url, /^http:\/\/127\.0\.0\.1:\d+\/$/)
  assert.not.match(stderr, 'open to others')
  assert.equal(
    readdirSync(path.join(cwd, 'my-actions')).filter((name) => name.startsWith('.')),
    [],
  )
})

test('an address that others reach is warned of; foreign names stay refused', async () => {
  const { status, stderr } = await serving(['--host', '0.0.0.0'], async (url) => {
    const own = url.replace('0.0.0.0', '127.0.0.1')
    const answer = await send(own, '/', { headers: { Host: 'evil.example' } })
    assert.is(answer.status, 403)
    assert.match(errorOf(answer).message, 'evil.example')
    assert.is((await send(own, '/', { headers: { Host: '192.0.2.1:80' } })).status, 200)
  })
  assert.is(status, 0, stderr)
  assert.match(stderr, 'open to others')
})

test('a folder that is none, and a port that is none, are refused', async () => {
  const missing = await msta(['serve', '--device', 'cpu', '--data', 'nowhere'], { cwd })
  assert.is(missing.status, 1)
  assert.match(missing.stderr, 'nowhere does not exist')
  const port = await msta(['serve', '--device', 'cpu', '--port', '-1'], { cwd })
  assert.is(port.status, 2)
})

test.run()
