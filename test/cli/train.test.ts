import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadDataset, MSTA, RECIPES, readResult, resolveRecipe, train, ViCLIP } from '../../lib/index.js'
import { saveSmallViClip } from '../models/small-viclip.js'
import { bytesOf, makeClips, metricsOf, namesIn } from '../train/run-folder.js'
import { makeFolder, msta, mstaJson, untilStderr } from './helpers.js'

const training = suite('msta train')
const { folder, remove } = makeFolder()
const SETTINGS = [
  ...['batchSize=3', 'warmupEpochs=1', 'learningRate=5e-3', 'lambda=0', 'seed=5', 'adapter.dim=8'],
  ...['adapter.layers=1-2', 'adapter.alpha=0.1'],
]
let common: string[] = []
let modelFile = ''
let clips: Awaited<ReturnType<typeof makeClips>>

interface Result {
  out: string
  steps: number
  loss: number
  adapter: string
  failures: { path: string; message: string }[]
  validation: { top1: number; top5: number } | null
  frameCache: Record<string, unknown> | null
}

training.before(async () => {
  clips = await makeClips(folder)
  modelFile = await saveSmallViClip(folder)
  const data = ['--data', clips.root, '--train', clips.train, '--labels', clips.labels]
  common = ['train', '--device', 'cpu', '--model', modelFile, ...data, ...set(...SETTINGS)]
})
training.after(remove)

function set(...changes: string[]): string[] {
  return changes.flatMap((change) => ['--set', change])
}
const outOf = (name: string) => path.join(folder, name)

training('writes the files of the contract, the JSON result alone on stdout', async () => {
  const out = outOf('contract')
  const args = [...common, '--set', 'epochs=2', '--val', clips.test, '--out', out]
  const { status, json, stderr } = await mstaJson<Result>(args)
  assert.is(status, 0, stderr)
  assert.equal(namesIn(out), [
    'adapter-best.safetensors',
    'adapter.safetensors',
    'checkpoint',
    'config.json',
    'events.out.tfevents.TIME.msta',
    'metrics.jsonl',
    'report.html',
    'validation.json',
  ])
  const saved = await readResult(path.join(out, 'validation.json'))
  assert.equal([saved.top1, saved.top5], [json.validation!.top1, json.validation!.top5])
  assert.match(readFileSync(path.join(out, 'report.html'), 'utf8'), 'Right and wrong answers')
  assert.is(json.steps, 6)
  assert.equal([json.out, json.adapter, json.failures], [out, path.join(out, 'adapter.safetensors'), []])
  const lines = metricsOf(out)
  const losses = lines.filter((line) => 'loss' in line)
  assert.equal([losses.length, losses.at(-1)!.loss], [6, json.loss])
  const { top1, top5 } = lines.at(-1)!.validation as { top1: number; top5: number }
  assert.equal(json.validation, { top1, top5 })
  assert.match(stderr, /^epoch 1: loss \d+\.\d{4}$/m)
  assert.match(stderr, /^epoch 2: loss \d+\.\d{4}$/m)
  assert.not.match(stderr, '\x1b')

  // What the library does with the same recipe.
  const model = await ViCLIP.load(modelFile, { device: 'cpu' })
  const recipe = await resolveRecipe('few-shot', [...SETTINGS, 'epochs=2'])
  const data = await loadDataset({ root: clips.root, list: clips.train, labels: clips.labels })
  const result = await train({ model, data, recipe })
  assert.equal(
    losses.map(({ loss }) => loss),
    result.losses,
  )
  const written = await MSTA.load(model, json.adapter)
  assert.equal(await written.parameters.values(), await result.adapter.parameters.values())
  for (const each of [written, result.adapter, model]) each.dispose()
})

training('--cache-video-prefix changes no number, and is refused where views change', async () => {
  const fixed = [...common, ...set('epochs=2', 'augmentation=none', 'adapter.layers=2-2')]
  const [plain, kept] = [outOf('computed'), outOf('kept')]
  for (const args of [
    ['--out', plain],
    ['--out', kept, '--cache-video-prefix', '100'],
  ]) {
    const { status, stderr } = await msta([...fixed, ...args])
    assert.is(status, 0, stderr)
  }
  assert.equal(metricsOf(kept), metricsOf(plain))
  assert.ok(bytesOf(kept, 'adapter.safetensors').equals(bytesOf(plain, 'adapter.safetensors')))
  const changing = await msta([...common, '--out', outOf('changing'), '--cache-video-prefix', '100'])
  assert.is(changing.status, 2)
  assert.match(changing.stderr, /cacheVideoPrefix.*augmentation "paper".*augmentation=none/)
  const wrong = await msta([...fixed, '--out', outOf('changing'), '--cache-video-prefix', '-3'])
  assert.is(wrong.status, 2)
  assert.match(wrong.stderr, '--cache-video-prefix must be a whole number from 0')
})

training('--cache-frames decodes once, tells what it keeps, and takes its settings', async () => {
  const epochs = set('epochs=2')
  const cache = ['--cache-frames', outOf('frames'), '--cache-frames-per-clip', 'all']
  cache.push('--cache-frames-short-side', '32')
  const run = (name: string) => mstaJson<Result>([...common, ...epochs, '--out', outOf(name), ...cache])
  const first = await run('filling')
  assert.is(first.status, 0, first.stderr)
  const size = '24.6 kB each, 196.6 kB'
  assert.match(first.stderr, `frame cache: 8 clips read, 8 decoded; 8 videos added, ${size}`)
  const second = await run('reading')
  assert.match(second.stderr, /^frame cache: 16 clips read, 0 decoded$/m)
  const nothing = { misses: 0, written: 0, bytesWritten: 0, removed: 0, problem: null }
  assert.equal(second.json.frameCache, { hits: 16, ...nothing })
  assert.equal(metricsOf(outOf('reading')), metricsOf(outOf('filling')))

  const nowhere = ['--cache-frames', path.join(modelFile, 'frames')]
  const without = await msta([...common, ...epochs, '--out', outOf('nowhere'), ...nowhere])
  assert.is(without.status, 0, without.stderr)
  assert.is(without.stderr.match(/warning: .*no more frames are kept \(ENOTDIR/g)?.length, 1)
  for (const [wrong, part] of [
    [['--cache-frames-per-clip', '9'], 'need --cache-frames'],
    [['--cache-frames-limit', '9'], 'need --cache-frames'],
    [[...cache, '--cache-frames-limit', '0'], '--cache-frames-limit must be a whole number'],
    [[...cache, '--cache-frames-per-clip', '1'], 'cacheFrames.frames is 1'],
    [[...cache, '--cache-frames-per-clip', 'some'], '--cache-frames-per-clip must be a whole number'],
    [[...cache, '--cache-frames-short-side', '0'], '--cache-frames-short-side must be a whole number'],
  ] as const) {
    const { status, stderr } = await msta([...common, '--out', outOf('nowhere'), ...wrong])
    assert.is(status, 2, stderr)
    assert.ok(stderr.includes(part), stderr)
  }
})

training('Ctrl-C keeps the run, and --resume ends it with the same bits', async () => {
  const whole = outOf('whole')
  const epochs = ['--set', 'epochs=14']
  const uninterrupted = msta([...common, ...epochs, '--out', whole])
  const out = outOf('interrupted')
  const stopped = await msta([...common, ...epochs, '--out', out, '--json'], {
    async onStart(child) {
      await untilStderr(child, 'epoch 1: loss')
      child.kill('SIGINT')
    },
  })
  assert.is(stopped.status, 130, stopped.stderr)
  assert.is(stopped.stdout, '')
  assert.match(stopped.stderr, 'interrupted')
  assert.match(stopped.stderr, '--resume')
  assert.not.match(stopped.stderr, 'error')
  const done = metricsOf(out).length
  assert.ok(done >= 3 && done < 42, `${done} steps`)
  const { json, status } = await mstaJson<Result>([...common, ...epochs, '--out', out, '--resume'])
  assert.equal([status, json.steps], [0, 42])
  const reference = await uninterrupted
  assert.is(reference.status, 0, reference.stderr)
  assert.match(reference.stdout, '42 steps done')
  assert.equal(metricsOf(out), metricsOf(whole))
  for (const name of ['adapter.safetensors', 'checkpoint/last.safetensors', 'config.json'])
    assert.ok(bytesOf(out, name).equals(bytesOf(whole, name)), `${name} differs`)
  const other = await msta([...common, ...epochs, '--set', 'seed=6', '--out', out, '--resume'])
  assert.is(other.status, 1)
  assert.match(other.stderr, 'ERR_CHECKPOINT')
})

training('descriptions make it MSTA+; without them the term is left out with a warning', async () => {
  const files = ['spatial', 'temporal'].map((kind) => path.join(folder, `${kind}.json`))
  for (const file of files) writeFileSync(file, JSON.stringify({ 0: ['a disc', 'a ring'], 1: ['a dot'] }))
  const plus = ['--set', 'lambda=1', '--set', 'epochs=1']
  const out = outOf('plus')
  const withThem = await msta([...common, ...plus, '--descriptions', files.join(','), '--out', out])
  assert.is(withThem.status, 0, withThem.stderr)
  assert.ok(metricsOf(out).every(({ consistency }) => typeof consistency === 'number'))
  assert.match(withThem.stderr, "warning: 2 of 4 lists have fewer than the recipe's 2 descriptions")
  const plain = await msta([...common, ...plus, '--out', outOf('plain')])
  assert.is(plain.status, 0, plain.stderr)
  assert.match(plain.stderr, 'warning: no --descriptions')
  assert.ok(metricsOf(outOf('plain')).every(({ consistency }) => consistency === null))
  const one = await msta([...common, ...plus, '--descriptions', files[0]!, '--out', outOf('one')])
  assert.is(one.status, 2)
  assert.match(one.stderr, 'S.json,T.json')
})

training('descriptions for other labels are taken by name; long ones are told once', async () => {
  const write = (name: string, lists: string[][]) => {
    const file = path.join(folder, name)
    writeFileSync(file, JSON.stringify({ ...lists }))
    return `${file},${file}`
  }
  const long = `a dot ${'grows '.repeat(32)}`
  const [left, other, growing] = [
    ['a disc', 'a ring', 'not read'],
    ['nothing', 'at all'],
    ['a dot', long],
  ]
  const labels = path.join(folder, 'all.csv')
  writeFileSync(labels, 'id,name\n0,Growing\n1,other\n2,Moving_Left\n')
  const all = ['--descriptions', write('all.json', [growing, other, left]), '--descriptions-labels', labels]
  const direct = ['--descriptions', write('direct.json', [left.slice(0, 2), growing])]
  const plus = set('lambda=1', 'epochs=1')
  const runs = await Promise.all(
    [all, direct].map((args, i) => msta([...common, ...plus, ...args, '--out', outOf(`by-name-${i}`)])),
  )
  for (const { status, stderr } of runs) {
    assert.is(status, 0, stderr)
    assert.equal(stderr.match(/warning: .*descriptions.*/g), [
      'warning: 2 of 8 descriptions are longer than 32 tokens; only their beginnings are read',
    ])
  }
  assert.equal(metricsOf(outOf('by-name-0')), metricsOf(outOf('by-name-1')))
  const out = ['--out', outOf('by-name-wrong')]
  const without = await msta([...common, ...plus, '--descriptions-labels', labels, ...out])
  assert.is(without.status, 2)
  writeFileSync(labels, 'id,name\n0,Growing\n1,other\n2,else\n')
  const missing = await msta([...common, ...plus, ...all, ...out])
  assert.is(missing.status, 1)
  assert.match(missing.stderr, /all\.csv: no class has the name "moving left"/)
})

training('a recipe of the paper is known by data set', async () => {
  const out = outOf('named')
  const { status, stderr } = await msta([
    ...common,
    ...['--recipe', 'base-to-novel/ucf101', '--out', out],
    ...set('epochs=1'),
  ])
  assert.is(status, 0, stderr)
  const { recipe } = JSON.parse(readFileSync(path.join(out, 'config.json'), 'utf8'))
  assert.equal([recipe.name, recipe.epochs, recipe.adapter.dim], ['base-to-novel/ucf101', 1, 8])
})

training('a recipe may be a file, a bad video a warning, and training go on from an adapter', async () => {
  const recipe = path.join(folder, 'recipe.json')
  const { name: _, ...fields } = RECIPES['few-shot']!
  writeFileSync(recipe, JSON.stringify({ ...fields, epochs: 1, lambda: 0, batchSize: 4 }))
  writeFileSync(path.join(clips.root, 'junk.mp4'), 'junk')
  const list = path.join(folder, 'junk.txt')
  writeFileSync(list, `${readFileSync(clips.train, 'utf8')}junk.mp4 0\n`)
  const first = path.join(outOf('contract'), 'adapter.safetensors')
  const out = outOf('recipe')
  const args = [
    ...common,
    '--recipe',
    recipe,
    '--set',
    'batchSize=4',
    '--train',
    list,
    '--adapter',
    first,
    '--out',
    out,
  ]
  const { status, json, stderr } = await mstaJson<Result>(args)
  assert.is(status, 0, stderr)
  assert.is(json.steps, 3)
  assert.equal(
    json.failures.map((failure) => failure.path),
    ['junk.mp4'],
  )
  assert.match(stderr, /warning: left out: .*junk\.mp4/)
  assert.is(JSON.parse(readFileSync(path.join(out, 'config.json'), 'utf8'))['adapter settings'].dim, 8)
  const strict = await msta([...args, '--on-bad-video', 'fail'])
  assert.is(strict.status, 1)
  assert.match(strict.stderr, 'junk.mp4')
})

training('trains by the method that the recipe names, and evaluates what came of it', async () => {
  const out = outOf('lora')
  const data = ['--data', clips.root, '--labels', clips.labels, '--device', 'cpu', '--model', modelFile]
  const settings = ['adapter.method=lora', 'adapter.rank=2', 'lambda=0', 'epochs=1', 'batchSize=4']
  const args = ['train', ...data, '--train', clips.train, '--val', clips.test, ...set(...settings)]
  const { status, json, stderr } = await mstaJson<Result>([...args, '--out', out])
  assert.is(status, 0, stderr)
  const { adapter } = JSON.parse(readFileSync(path.join(out, 'config.json'), 'utf8')).recipe
  assert.equal(adapter, { method: 'lora', rank: 2 })
  const evaluation = await mstaJson<{ top1: number; top5: number }>([
    'eval',
    ...data,
    '--list',
    clips.test,
    '--adapter',
    json.adapter,
  ])
  assert.is(evaluation.status, 0, evaluation.stderr)
  assert.equal({ top1: evaluation.json.top1, top5: evaluation.json.top5 }, json.validation)
})

training('wrong calls are usage errors, wrong files failures', async () => {
  const out = ['--out', outOf('wrong')]
  const runs: [number, string, string[]][] = [
    [2, 'out', common],
    [2, 'unknown key "epoch"', [...common, ...out, '--set', 'epoch=3']],
    [2, 'few-shots', [...common, ...out, '--recipe', 'few-shots']],
    [2, 'dim', [...common, ...out, '--set', 'adapter.dim=0']],
    [2, 'maybe', [...common, ...out, '--on-bad-video', 'maybe']],
    [2, 'nonsense', [...common, ...out, '--nonsense']],
    [1, 'nowhere.txt', [...common, ...out, '--train', path.join(folder, 'nowhere.txt')]],
    [1, 'nowhere.safetensors', [...common, ...out, '--model', path.join(folder, 'nowhere.safetensors')]],
  ]
  const results = await Promise.all(runs.map(([, , args]) => msta([...args, '--json'])))
  for (const [i, { status, stdout, stderr }] of results.entries()) {
    const [expected, part] = runs[i]!
    assert.equal([status, stdout], [expected, ''], `${part}: ${stderr}`)
    assert.ok(stderr.includes(part), `${stderr} lacks ${part}`)
  }
})

training.run()
