import { existsSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readHeader } from '../../lib/formats/safetensors.js'
import { checkpointPath } from '../../lib/train/checkpoint.js'
import { makeFolder, msta } from '../cli/helpers.js'
import { observe } from '../support/observe.js'
import { seededRandom } from '../support/random.js'
import { isSameRun, smallTraining } from './small-training.js'

const killing = suite('SIGKILL')
const { folder, remove } = makeFolder()
killing.after(remove)

const KILLS = 20

killing(`runs killed ${KILLS} times at random moments end with the same bits`, async () => {
  const { clips, command } = await smallTraining(folder, 10)
  const train = (out: string) => command(out, '--val', clips.test)
  const whole = path.join(folder, 'whole')
  const { status, seconds, stderr } = await msta(train(whole))
  assert.is(status, 0, stderr)
  const random = seededRandom(7)
  const steps: number[] = []
  let runs = 0
  for (let out = ''; out !== '' || steps.length < KILLS; ) {
    out ||= path.join(folder, `killed-${runs++}`)
    // From before the first step to the end of the run; the last one is left alone.
    const delay = 1000 * seconds * random()
    const run = await msta([...train(out), '--resume'], {
      onStart: (child) => {
        if (steps.length === KILLS) return
        const timer = setTimeout(() => child.kill('SIGKILL'), delay)
        child.on('exit', () => clearTimeout(timer))
      },
    })
    assert.not.match(run.stderr, 'damaged')
    if (run.status === null) steps.push(await checkpointStep(out))
    else {
      assert.is(run.status, 0, run.stderr)
      isSameRun(out, whole)
      out = ''
    }
  }
  observe(
    'killed',
    `${steps.length} kills in ${runs} runs, whose checkpoints were then of the steps ${steps.join(', ')}`,
  )
  observe('killed', 'no damaged checkpoint; every run resumed to the bits of one that was left alone')
})

/** The step of a run's newest checkpoint, 0 before the first. */
async function checkpointStep(out: string): Promise<number> {
  const file = checkpointPath(out)
  return existsSync(file) ? JSON.parse((await readHeader(file)).metadata.position!).step : 0
}

killing.run()
