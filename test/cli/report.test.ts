import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { smallTraining } from '../lifecycle/small-training.js'
import { saveSmallViClip } from '../models/small-viclip.js'
import { sampleBundle, sampleResult, writeSampleRun } from '../report/samples.js'
import { makeClips } from '../train/run-folder.js'
import { makeFolder, msta, mstaJson } from './helpers.js'

const report = suite('msta report')
const { folder, remove } = makeFolder()
report.after(remove)

function write(name: string, value: unknown): string {
  const file = path.join(folder, name)
  writeFileSync(file, JSON.stringify(value))
  return file
}

report('lies in the run folder or beside the result, unless told where', async () => {
  const run = writeSampleRun(path.join(folder, 'run'))
  const one = await mstaJson<{ out: string }>(['report', run])
  assert.equal([one.status, one.json], [0, { out: path.join(run, 'report.html') }], one.stderr)
  assert.match(readFileSync(one.json.out, 'utf8'), '<h1>run</h1>')
  const files = [write('result.json', sampleResult(5)), write('results.json', sampleBundle('few-shot', 5))]
  const beside = await msta(['report', files[0]!])
  assert.is(beside.stdout, `report: ${path.join(folder, 'report.html')}\n`)
  const out = path.join(folder, 'all.html')
  const all = await msta(['report', run, ...files, '--out', out, '--title', 'All of it'])
  assert.is(all.status, 0, all.stderr)
  const page = readFileSync(out, 'utf8')
  for (const title of ['All of it', `Training: ${run}`, 'Evaluation: ', 'Protocol few-shot: '])
    assert.ok(page.includes(`>${title}`), title)
  // A folder with a bundle is its bundle.
  const bundle = await msta(['report', folder, '--out', out])
  assert.is(bundle.status, 0, bundle.stderr)
  assert.match(readFileSync(out, 'utf8'), 'Protocol few-shot')
})

report('shows videos of a list', async () => {
  const clips = await makeClips(folder)
  const model = await saveSmallViClip(folder)
  const out = path.join(folder, 'videos.html')
  const data = ['--data', clips.root, '--list', clips.test, '--labels', clips.labels]
  const result = write('videos.json', sampleResult(5))
  const run = await msta(['report', result, ...data, '--model', model, '--device', 'cpu', '--out', out])
  assert.is(run.status, 0, run.stderr)
  const page = readFileSync(out, 'utf8')
  assert.match(page, 'Right and wrong answers')
  assert.match(page, 'href="data:image/jpeg;base64,')
  assert.match(page, 'The features of 4 videos')
})

report('tells of a model that is not the one the run was trained on', async () => {
  const { clips, command } = await smallTraining(path.join(folder, 'small'), 1)
  const out = path.join(folder, 'trained')
  const trained = await msta(command(out))
  assert.is(trained.status, 0, trained.stderr)
  const data = ['--data', clips.root, '--list', clips.test, '--labels', clips.labels, '--device', 'cpu']
  const own = command(out)[command(out).indexOf('--model') + 1]!
  const other = path.join(folder, 'other')
  mkdirSync(other)
  const same = await msta(['report', out, ...data, '--model', own])
  assert.equal([same.status, same.stderr.includes('another model')], [0, false], same.stderr)
  const foreign = await msta(['report', out, ...data, '--model', await saveSmallViClip(other, 9)])
  assert.is(foreign.status, 0, foreign.stderr)
  assert.match(
    foreign.stderr,
    /warning: the run was trained on another model.*hash [0-9a-f]{12}\.\.\. .*, those of/,
  )
})

report('tells of another seed of a random model', async () => {
  const { clips, command } = await smallTraining(path.join(folder, 'seeded'), 1)
  const out = path.join(folder, 'of-seed')
  const random = ['--model', 'random:tiny', '--seed', '4']
  const trained = await msta([...command(out), 'epochs=1', ...random])
  assert.is(trained.status, 0, trained.stderr)
  const data = ['--data', clips.root, '--list', clips.test, '--labels', clips.labels, '--device', 'cpu']
  for (const [seed, isOther] of [
    ['4', false],
    ['5', true],
  ] as const) {
    const { status, stderr } = await msta(['report', out, ...data, ...random.slice(0, 3), seed])
    assert.equal([status, stderr.includes('it is of seed 4, this one of seed 5')], [0, isOther], stderr)
  }
})

report('wrong calls are usage errors, wrong files failures', async () => {
  const result = write('good.json', sampleResult(5))
  const runs: [number, string, string[]][] = [
    [2, 'run folder', []],
    [2, '--labels', [result, '--data', folder]],
    [1, 'nowhere', [path.join(folder, 'nowhere')]],
    [1, 'bad.json', [write('bad.json', {})]],
  ]
  for (const [expected, part, args] of runs) {
    const { status, stdout, stderr } = await msta(['report', ...args, '--json'])
    assert.equal([status, stdout], [expected, ''], stderr)
    assert.ok(stderr.includes(part), stderr)
  }
})

report.run()
