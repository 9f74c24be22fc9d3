import { readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeFolder, msta } from '../cli/helpers.js'
import { saveSmallViClip } from '../models/small-viclip.js'
import { seededRandom } from '../support/random.js'
import { makeClips, metricsOf } from '../train/run-folder.js'

const killing = suite('SIGKILL')
const { folder, remove } = makeFolder()
killing.after(remove)

const KILLS = 20

killing(`a run killed ${KILLS} times at random moments ends with the same bits`, async () => {
  const clips = await makeClips(folder)
  const model = await saveSmallViClip(folder)
  const recipe = ['--set', 'lambda=0', 'epochs=10', 'batchSize=3', 'adapter.layers=1-2', 'adapter.dim=8']
  const command = (out: string) => [
    ...['train', '--device', 'cpu', '--dtype', 'float32', '--model', model, '--out', path.join(folder, out)],
    ...[
      '--data',
      clips.root,
      '--train',
      clips.train,
      '--val',
      clips.test,
      '--labels',
      clips.labels,
      ...recipe,
    ],
  ]
  const whole = await msta(command('whole'))
  assert.is(whole.status, 0, whole.stderr)
  const random = seededRandom(7)
  let killed = 0
  let resumed = 0
  for (let i = 0; i < KILLS; i++) {
    // From before the first step to the end of the run, and then some.
    const delay = 1000 * whole.seconds * 1.1 * random()
    const run = await msta([...command('killed'), '--resume'], {
      onStart: (child) => {
        const timer = setTimeout(() => child.kill('SIGKILL'), delay)
        child.on('exit', () => clearTimeout(timer))
      },
    })
    assert.ok(run.status === null || run.status === 0, run.stderr)
    if (run.status === null) killed++
    if (/checkpoint/.test(run.stderr)) resumed++
  }
  assert.ok(killed > 0)
  assert.is(resumed, 0, 'no checkpoint may be damaged by a kill')
  const last = await msta([...command('killed'), '--resume'])
  assert.is(last.status, 0, last.stderr)
  for (const name of ['adapter.safetensors', 'checkpoint/last.safetensors', 'config.json'])
    assert.ok(
      readFileSync(path.join(folder, 'killed', name)).equals(readFileSync(path.join(folder, 'whole', name))),
      `${name} differs after ${killed} kills`,
    )
  assert.equal(metricsOf(path.join(folder, 'killed')), metricsOf(path.join(folder, 'whole')))
})

killing.run()
