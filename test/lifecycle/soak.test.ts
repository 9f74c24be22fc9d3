/** Thousands of training steps, and of loads: memory, device memory, open files and child processes stay level. */
import { readdirSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { train } from '../../lib/train/train.js'
import { loadSmallViClip } from '../models/small-viclip.js'
import type { FaultName } from '../reliability/faults.js'
import { testDevice } from '../support/device.js'
import { collectGarbage } from '../support/garbage.js'
import { observe } from '../support/observe.js'
import { skipUnless } from '../support/skip.js'
import { datasetOf, makeClips, QUICK } from '../train/run-folder.js'
import { makeFolder } from '../video/helpers.js'

const soak = suite('lifecycle: soak')
const test = skipUnless(
  soak,
  process.platform === 'linux' && process.env.MSTA_SANITIZER === undefined,
  'it reads /proc, and the size of the process, which says nothing under a sanitizer',
)
const { folder, remove } = makeFolder()
soak.after(remove)
const device = testDevice()

const STEPS = Number(process.env.MSTA_SOAK_STEPS ?? 2000)
const STEPS_AN_EPOCH = 3
const LOADS = 100
// The model has 3.2 MB of parameters: one that was kept of a hundred, or 16 KB a step, would show.
const MOST_GROWTH = 32 << 20

interface Level {
  resident: number
  device: number
  files: number
  children: number
}

async function level(): Promise<Level> {
  await device.synchronize()
  await collectGarbage()
  const tasks = readdirSync('/proc/self/task')
  const children = tasks.flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  )
  return {
    resident: process.memoryUsage.rss(),
    device: device.memory().active,
    files: readdirSync('/proc/self/fd').length,
    children: children.length,
  }
}

function isLevel(fault: FaultName, what: string, before: Level, after: Level): void {
  const growth = after.resident - before.resident
  process.stdout.write(`resident growth: ${(growth / 1e6).toFixed(1)} MB\n`)
  assert.ok(growth < MOST_GROWTH, `${growth} bytes`)
  assert.equal([after.device, after.children], [before.device, before.children])
  assert.ok(after.files <= before.files, `${before.files} open files became ${after.files}`)
  observe(fault, `${what}: ${levelText(before, after)}`)
}

const levelText = (before: Level, after: Level): string =>
  `the process grew by ${((after.resident - before.resident) / 1e6).toFixed(1)} MB, ` +
  `open files ${before.files} to ${after.files}, child processes ${before.children} to ${after.children}`

test(`${STEPS} steps of training with checkpoints`, async () => {
  const clips = await makeClips(folder)
  const data = await datasetOf(clips, clips.train)
  const model = await loadSmallViClip(folder)
  const out = `${folder}/run`
  const epochs = Math.ceil(STEPS / STEPS_AN_EPOCH)
  // Decoded once and kept, so that time goes into steps; MSTA_SOAK_DECODE=1 decodes for every one.
  const kept = process.env.MSTA_SOAK_DECODE ? {} : { cacheVideoPrefix: 64 }
  const recipe = { ...QUICK, epochs, learningRate: 1e-4, augmentation: 'none' as const }
  let early: Promise<Level> | undefined
  let late: Promise<Level> | undefined
  const onProgress = ({ step }: { step: number }) => {
    if (step === Math.floor(STEPS / 4)) early = level()
    if (step === STEPS) late = level()
  }
  const { adapter, losses } = await train({ model, data, recipe, out, ...kept, onProgress })
  assert.ok(losses.length >= STEPS && losses.every(Number.isFinite))
  const [before, after] = [await early!, await late!]
  const growth = after.resident - before.resident
  process.stdout.write(`over the last three quarters: ${(growth / 1e6).toFixed(1)} MB\n`)
  assert.ok(growth < MOST_GROWTH, `${growth} bytes`)
  assert.ok(Math.abs(after.files - before.files) <= 4, `${before.files} open files became ${after.files}`)
  observe('soak', `the last three quarters of ${STEPS} steps: ${levelText(before, after)}`)
  adapter.dispose()
  model.dispose()
})

test(`${LOADS} loads of a model, with a forward each`, async () => {
  const cycle = async () => {
    const model = await loadSmallViClip(folder)
    const { data } = await model.encodeText(['a video of archery.'])
    assert.ok(Number.isFinite(data[0]!))
    model.dispose()
  }
  for (let i = 0; i < LOADS / 2; i++) await cycle()
  const before = await level()
  for (let i = 0; i < LOADS; i++) await cycle()
  isLevel('soak', `${LOADS} loads`, before, await level())
})

test('a storm of aborted runs leaves nothing behind', async () => {
  const clips = await makeClips(folder)
  const data = await datasetOf(clips, clips.train)
  const model = await loadSmallViClip(folder)
  const aborted = async (after: number) => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const timer = setTimeout(() => controller.abort(reason), after)
    const { signal } = controller
    const error = await train({ model, data, recipe: QUICK, signal }).then(
      ({ adapter }) => adapter.dispose(),
      (thrown: unknown) => thrown,
    )
    clearTimeout(timer)
    assert.ok(error === undefined || error === reason, String(error))
  }
  for (let i = 0; i < 5; i++) await aborted(20 * i)
  const before = await level()
  for (let i = 0; i < 30; i++) await aborted(7 * i)
  isLevel('aborts', '30 runs aborted', before, await level())
  model.dispose()
})

soak.run()
