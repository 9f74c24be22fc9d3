import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { BundleComparison, ProtocolResult } from '../../lib/index.js'
import { saveSmallViClip } from '../models/small-viclip.js'
import { makeProtocolData, QUICK } from '../protocols/protocol-data.js'
import { makeFolder, msta, mstaJson } from './helpers.js'

const evaluation = suite('msta eval --protocol')
const { folder, remove } = makeFolder()
evaluation.after(remove)
let clips: Awaited<ReturnType<typeof makeProtocolData>>
let common: string[] = []

evaluation.before(async () => {
  clips = await makeProtocolData(folder)
  const model = await saveSmallViClip(folder)
  const data = ['--data', clips.root, '--list', clips.test, '--labels', clips.labels]
  common = ['eval', '--device', 'cpu', '--dtype', 'float32', '--model', model, ...data]
})

type Result = ProtocolResult & { out: string; isSameFigures?: boolean }

evaluation('base-to-novel: a table for people, a bundle that shows, compares and runs again', async () => {
  const out = path.join(folder, 'bundle')
  const asked = ['--protocol', 'base-to-novel', '--train', clips.train, '--shots', '2', '--set', ...QUICK]
  const run = await msta([...common, ...asked, '--systems', 'zero-shot,msta', '--out', out])
  assert.is(run.status, 0, run.stderr)
  assert.match(run.stdout, /^base-to-novel, accuracy in %, mean ± std \(ddof 1\) over 3 runs\n/)
  assert.match(run.stdout, /\nsystem +trained parameters +base +novel +HM\nViCLIP +0 +\d/)
  assert.match(run.stdout, /\nViCLIP \+ MSTA +[\d,]+ +[\d.]+ ± [\d.]+ /)
  const file = path.join(out, 'results.json')
  const bundle = JSON.parse(readFileSync(file, 'utf8')) as ProtocolResult
  assert.equal([bundle.base!.seeds, bundle.novel!.ddof, bundle.videos], [[0, 1, 2], 1, 144])
  assert.ok(existsSync(path.join(out, 'msta', 'seed-2', 'adapter.safetensors')))
  const shown = await msta(['results', 'show', file])
  assert.ok(shown.stdout.endsWith(run.stdout.slice(0, run.stdout.indexOf('result bundle'))))

  const again = await mstaJson<Result>(['eval', '--rerun', file, '--out', path.join(folder, 'again')])
  assert.is(again.status, 0, again.stderr)
  assert.equal([again.json.isSameFigures, again.json.hm], [true, bundle.hm])
  const other = path.join(again.json.out, 'results.json')
  const { json } = await mstaJson<BundleComparison>(['results', 'diff', file, other])
  assert.equal([json.isSameTask, json.isSameFigures, json.isSameAdapters], [true, true, true])
  assert.equal(json.settings, [])
  assert.equal(json.systems[1]!.hm!.change, 0)
})

evaluation('zero-shot needs no training; --json has the figures at the top', async () => {
  const out = path.join(folder, 'zero')
  const frames = path.join(folder, 'frames')
  const asked = [...common, '--protocol', 'zero-shot', '--out', out, '--cache-frames', frames]
  const { status, json, stderr } = await mstaJson<Result>(asked)
  assert.is(status, 0, stderr)
  assert.ok(existsSync(frames))
  assert.equal([json.videos, json.failed, json.protocol], [48, 2, 'zero-shot'])
  assert.equal([json.top1, json.top5], [json.systems[0]!.top1.mean, json.systems[0]!.top5.mean])
  assert.match(stderr, /warning: left out: .*broken-test\.mp4/)
})

evaluation('wrong calls are usage errors', async () => {
  const quick = ['--set', ...QUICK]
  const runs: [number, string, string[]][] = [
    [2, '--lists', [...common, '--protocol', 'few-shot', '--dataset', 'ucf101']],
    [2, '--novel-labels', [...common, '--protocol', 'base-to-novel', '--novel-list', clips.test]],
    [2, '--train-labels', [...common, '--protocol', 'zero-shot', '--train', clips.train]],
    [2, '0,x', [...common, '--protocol', 'few-shot', '--train', clips.train, '--seeds', '0,x']],
    [2, 'nonsense', [...common, '--protocol', 'few-shot', '--train', clips.train, '--systems', 'nonsense']],
    [
      1,
      'train.txt',
      [...common, ...quick, '--protocol', 'supervised', '--train', clips.train, '--list', clips.train],
    ],
    [1, 'labels.csv', ['eval', '--rerun', clips.labels]],
  ]
  const results = await Promise.all(
    runs.map(([, , args], i) => msta([...args, '--json', '--out', path.join(folder, `wrong${i}`)])),
  )
  for (const [i, { status, stdout, stderr }] of results.entries()) {
    const [expected, part] = runs[i]!
    assert.equal([status, stdout], [expected, ''], `${part}: ${stderr}`)
    assert.ok(stderr.includes(part), `${stderr} lacks ${part}`)
  }
})

evaluation.run()
