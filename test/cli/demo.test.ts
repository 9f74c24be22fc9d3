import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { COMPOUND_MOTION_HALVES, loadDataset, type Prediction, type Summary } from '../../lib/index.js'
import { makeFolder, msta } from './helpers.js'

const demo = suite('msta demo')
const { folder, remove } = makeFolder()
demo.after(remove)

interface Outcome {
  systems: {
    system: string
    base: Summary
    novel: Summary
    hm: Summary
    parameters: number
    seconds: number[]
  }[]
  examples: { video: string; label: string; predictions: Prediction[] }[]
  seconds: number
  out: string
  report: string
}

const QUICK = ['--seeds', '5', '--shots', '2', '--test-clips', '1', '--set', 'epochs=1', 'warmupEpochs=0']

demo('writes clips, trains five systems, tests them by halves, and shows what came of it', async () => {
  const out = path.join(folder, 'a folder')
  const run = await msta(['demo', '--json', '--out', out, ...QUICK])
  assert.is(run.status, 0, run.stderr)
  const told = JSON.parse(run.stdout) as Outcome
  assert.equal(
    told.systems.map(({ system }) => system),
    ['zero-shot', 'adaptformer', 'lora', 'msta', 'msta+'],
  )
  const [zeroShot, ...trained] = told.systems
  assert.equal([zeroShot!.parameters, zeroShot!.seconds], [0, [0]])
  for (const { base, novel, hm, parameters, seconds } of trained) {
    for (const { values, mean, seeds } of [base, novel, hm]) {
      assert.equal([values.length, seeds], [1, [5]])
      assert.ok(mean >= 0 && mean <= 1)
    }
    assert.ok(parameters > 1000 && seconds[0]! > 0)
  }
  // Eight clips of eight classes each: eighths.
  assert.is(Math.round(8 * zeroShot!.base.mean), 8 * zeroShot!.base.mean)
  assert.is(told.examples.length, 6)
  for (const { video, label, predictions } of told.examples) {
    assert.ok(existsSync(video))
    assert.ok(video.includes(label.replaceAll(' ', '_')))
    assert.is(predictions.length, 2)
  }
  assert.match(readFileSync(told.report, 'utf8'), 'ViCLIP + MSTA+')
  for (const file of ['results.json', 'msta+/seed-5/adapter.safetensors', 'clips/spatial.json'])
    assert.ok(existsSync(path.join(out, file)), file)
  const bundle = JSON.parse(readFileSync(path.join(out, 'results.json'), 'utf8'))
  const { base, novel } = COMPOUND_MOTION_HALVES
  assert.equal(bundle.systems.at(-1).runs[0].training.classes, base)
  assert.equal(bundle.notes, [])
  const root = path.join(out, 'clips')
  const { labels, entries } = await loadDataset({
    root,
    list: path.join(root, 'test.txt'),
    labels: path.join(root, 'labels.csv'),
  })
  assert.equal([labels.names, entries.length], [[...base, ...novel], 16])
})

demo('wrong seeds are a wrong call', async () => {
  const { status, stdout, stderr } = await msta(['demo', '--seeds', '1,x', '--out', path.join(folder, 'no')])
  assert.equal([status, stdout], [2, ''])
  assert.match(stderr, '--seeds')
  assert.not.ok(existsSync(path.join(folder, 'no')))
})

demo.run()
