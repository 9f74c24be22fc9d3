/** Ctrl-C and SIGTERM while training: once is an end in good order, twice an end at once; nothing is lost but steps. */
import type { ChildProcess } from 'node:child_process'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeFolder, msta, type Run, untilStderr } from '../cli/helpers.js'
import { observe } from '../support/observe.js'
import { seededRandom } from '../support/random.js'
import { isSameRun, type SmallTraining, smallTraining } from './small-training.js'

const signals = suite('signals')
const { folder, remove } = makeFolder()
signals.after(remove)
const whole = path.join(folder, 'whole')
let training: SmallTraining

signals.before(async () => {
  training = await smallTraining(folder, 20)
  const { status, stderr } = await msta(training.command(whole))
  assert.is(status, 0, stderr)
})

const INTERRUPTED = 'interrupted, finishing'

/** A run that goes on in `out`, with `send` at work on it after an epoch. */
const disturbed = (out: string, send: (child: ChildProcess) => unknown): Promise<Run> =>
  msta(training.command(out, '--resume'), {
    onStart: async (child) => {
      await untilStderr(child, ': loss')
      await send(child)
    },
  })

async function endsAsWhole(out: string): Promise<void> {
  const { status, stderr } = await msta(training.command(out, '--resume'))
  assert.is(status, 0, stderr)
  assert.not.match(stderr, 'damaged')
  isSameRun(out, whole)
}

for (const [signal, expected] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  signals(`${signal} once writes a checkpoint, and tells how to go on`, async () => {
    const out = path.join(folder, signal)
    const { status, stdout, stderr } = await disturbed(out, (child) => child.kill(signal))
    assert.equal([status, stdout], [expected, ''], stderr)
    assert.match(stderr, INTERRUPTED)
    assert.match(stderr, 'the run is kept; continue it with the same command and --resume')
    await endsAsWhole(out)
    observe('interrupted', `${signal} once: status ${status}, and the same bits when resumed`)
  })

signals('SIGINT twice ends at once, and damages nothing', async () => {
  const out = path.join(folder, 'twice')
  const random = seededRandom(3)
  const ends: Record<string, number> = {}
  for (let i = 0; i < 8; i++) {
    const { status, stderr } = await disturbed(out, async (child) => {
      const isTaken = untilStderr(child, INTERRUPTED)
      child.kill('SIGINT')
      await isTaken
      // While it waits for a kernel, writes its checkpoint, or has done so.
      await sleep(20 * random())
      child.kill('SIGINT')
    })
    // A signal that comes after the end of all work is the system's to answer.
    assert.ok(status === 130 || status === null, `${status}: ${stderr}`)
    assert.not.match(stderr, 'damaged')
    const end = `runs ended by SIGINT twice: ${status === null ? 'after all work was done' : `status ${status}`}`
    ends[end] = (ends[end] ?? 0) + 1
  }
  await endsAsWhole(out)
  observe('interrupted', ends)
  observe(
    'interrupted',
    'no damaged checkpoint; the last resume ended with the bits of a run that was left alone',
  )
})

signals.run()
