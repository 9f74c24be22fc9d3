/** A disk that is full, a real one: what was there before stays whole, and the run goes on where there is space. */
import { cpSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MAIN, makeFolder, msta } from '../cli/helpers.js'
import { observe, quote } from '../support/observe.js'
import { skipUnless } from '../support/skip.js'
import { canMount, inNamespace, mountAt } from './namespace.js'
import { isSameRun, smallTraining } from './small-training.js'

const disk = suite('a full disk')
const { folder, remove } = makeFolder()
disk.after(remove)

const small = path.join(folder, 'small')
mkdirSync(small)

skipUnless(
  disk,
  canMount(small),
  'no file system can be mounted here',
)('a run on it ends with an error that says so, and its last checkpoint is good', async () => {
  const { command } = await smallTraining(folder, 8)
  const whole = path.join(folder, 'whole')
  const reference = await msta(command(whole))
  assert.is(reference.status, 0, reference.stderr)
  // Room for a checkpoint and the adapter beside it, filled up by somebody else after the first epoch.
  const run = path.join(small, 'run')
  const script = `${mountAt(small, 'size=4096k')} || exit 99
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
  isSameRun(out, whole)
  observe(
    'fullDisk',
    `status ${full.status}, ${quote(full.stderr)}, and a copy of the run resumed to the same bits`,
  )
})

disk.run()
