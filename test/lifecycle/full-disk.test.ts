/** A disk that is full, a real one: what was there before stays whole, and the run goes on where there is space. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MAIN, makeFolder, msta } from '../cli/helpers.js'
import { saveSmallViClip } from '../models/small-viclip.js'
import { skipUnless } from '../support/skip.js'
import { makeClips, metricsOf } from '../train/run-folder.js'

const disk = suite('a full disk')
const { folder, remove } = makeFolder()
disk.after(remove)

const small = path.join(folder, 'small')
mkdirSync(small)
const inNamespace = (script: string, args: readonly string[] = []) =>
  spawnSync('unshare', ['-rm', 'sh', '-c', script, 'sh', ...args], { encoding: 'utf8', timeout: 120_000 })
const mount = (kilobytes: number) => `mount -t tmpfs -o size=${kilobytes}k none '${small}'`
const canMount = inNamespace(mount(64)).status === 0

skipUnless(
  disk,
  canMount,
  'no file system can be mounted here',
)('a run on it ends with an error that says so, and its last checkpoint is good', async () => {
  const clips = await makeClips(folder)
  const model = await saveSmallViClip(folder)
  const recipe = ['--set', 'lambda=0', 'epochs=8', 'batchSize=3', 'adapter.layers=1-2', 'adapter.dim=8']
  const command = (out: string) => [
    ...['train', '--device', 'cpu', '--dtype', 'float32', '--model', model, '--out', out],
    ...['--data', clips.root, '--train', clips.train, '--labels', clips.labels, ...recipe],
  ]
  const whole = path.join(folder, 'whole')
  const reference = await msta(command(whole))
  assert.is(reference.status, 0, reference.stderr)
  // Room for a checkpoint and the adapter beside it, filled up by somebody else after the first epoch.
  const run = path.join(small, 'run')
  const script = `${mount(4096)} || exit 99
      "$@" & pid=$!
      while [ ! -e '${run}/adapter.safetensors' ] && kill -0 $pid 2>/dev/null; do sleep 0.02; done
      cat /dev/zero > '${small}/filler' 2>/dev/null
      wait $pid; status=$?
      cp -r '${run}' '${folder}/saved'
      exit $status`
  const full = inNamespace(script, [process.execPath, MAIN, ...command(run)])
  assert.is(full.status, 1, full.stderr)
  assert.match(full.stderr, 'ERR_FILE')
  assert.match(full.stderr, /ENOSPC|no space/i)
  const out = path.join(folder, 'resumed')
  cpSync(path.join(folder, 'saved'), out, { recursive: true })
  const resumed = await msta([...command(out), '--resume'])
  assert.is(resumed.status, 0, resumed.stderr)
  assert.not.match(resumed.stderr, 'damaged')
  assert.equal(metricsOf(out), metricsOf(whole))
  for (const name of ['adapter.safetensors', 'checkpoint/last.safetensors'])
    assert.ok(readFileSync(path.join(out, name)).equals(readFileSync(path.join(whole, name))), name)
})

disk.run()
