import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MSTA } from '../../lib/adapters/msta/msta.js'
import type { MotionDataset } from '../../lib/data/synthetic.js'
import { evaluate } from '../../lib/protocols/evaluate.js'
import { runProtocol } from '../../lib/protocols/protocol.js'
import type { ProtocolRequest } from '../../lib/protocols/request.js'
import type { ProtocolResult } from '../../lib/protocols/result.js'
import { SYSTEM_NAMES } from '../../lib/protocols/systems.js'
import { ViCLIP } from '../../lib/recognition/viclip.js'
import { compareBundles, readBundle } from '../../lib/report/bundles.js'
import { saveSmallViClip } from '../models/small-viclip.js'
import { hasCode, rejection } from '../support/errors.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'
import { makeProtocolData, QUICK, writeDescriptions } from './protocol-data.js'

const protocols = suite('protocols')
const test = noLeaks(protocols)
const { folder, remove } = makeFolder()
let clips: MotionDataset
let request: ProtocolRequest

protocols.before(async () => {
  clips = await makeProtocolData(folder)
  const { root, labels, train, test: list } = clips
  request = {
    protocol: 'supervised',
    data: { root, labels, train, test: list },
    model: { source: await saveSmallViClip(folder), device: 'cpu', dtype: 'float32' },
    changes: QUICK,
    views: '1x1',
    // Videos of so few frames give the same numbers with it, in a fraction of the time.
    cacheFrames: { folder: path.join(folder, 'frames') },
  }
  // What is read at the first use stays.
  await runProtocol({ ...request, data: { root, labels, test: list } })
})
protocols.after(remove)

/** Runs a request twice and checks that the figures are equal. */
async function twice(changes: Partial<ProtocolRequest>): Promise<ProtocolResult> {
  const [first, second] = [
    await runProtocol({ ...request, ...changes }),
    await runProtocol({ ...request, ...changes }),
  ]
  const comparison = compareBundles(first, second)
  assert.ok(comparison.isSameFigures && comparison.isSameTask)
  assert.equal(comparison.settings, [])
  return first
}

const notesOf = ({ notes }: ProtocolResult) =>
  notes.map((note) => /(broken|audio)-\w+/.exec(note)?.[0]).sort()

test('supervised: one run on all videos, bad ones left out and told', async () => {
  const result = await twice({})
  const [row] = result.systems
  assert.equal([row!.system, row!.runs.length, row!.shots], ['msta', 1, 17])
  assert.equal([result.videos, result.failed], [48, 2])
  const { training, tests } = row!.runs[0]!
  assert.equal([training!.videos, training!.failed, training!.steps], [66, 2, 5])
  assert.is(result.top1, tests[0]!.result.top1)
  assert.equal([row!.top1.values, row!.top1.std, row!.top1.seeds], [[result.top1], null, [0]])
  assert.equal(notesOf(result), ['audio-test', 'broken-test'])
})

test('few-shot: so many videos of each class, a row for each number', async () => {
  const result = await twice({ protocol: 'few-shot', shots: [2, 4], seeds: [0, 1, 2] })
  assert.equal(
    result.systems.map(({ system, shots, runs }) => [
      system,
      shots,
      runs.map(({ training }) => training!.videos),
    ]),
    [
      ['msta', 2, [8, 8, 8]],
      ['msta', 4, [16, 16, 16]],
    ],
  )
  const { top1 } = result.systems[0]!
  const mean = top1.values.reduce((sum, value) => sum + value, 0) / 3
  assert.ok(Math.abs(top1.mean - mean) < 1e-12)
  const squares = top1.values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  assert.ok(Math.abs(top1.std! - Math.sqrt(squares / 2)) < 1e-12)
  assert.equal([top1.ddof, top1.seeds], [1, [0, 1, 2]])
})

test('base-to-novel: halves of the classes, three seeds, the harmonic mean of the means', async () => {
  const descriptions = writeDescriptions(folder, clips.names)
  const untrained = ['clip', 'zero-shot']
  const asked: Partial<ProtocolRequest> = { protocol: 'base-to-novel', descriptions, ddof: 0 }
  assert.equal((await twice({ ...asked, shots: [2] })).systems[0]!.top1.seeds, [0, 1, 2])
  const clip = { source: 'random:clip-tiny', device: 'cpu' as const }
  const result = await runProtocol({
    ...request,
    ...asked,
    clip,
    systems: ['all'],
    seeds: [0, 1],
    shots: [4],
  })
  assert.equal(
    result.systems.map(({ system, runs }) => [system, runs.length]),
    SYSTEM_NAMES.map((system) => [system, untrained.includes(system) ? 1 : 2]),
  )
  for (const { base, novel, hm, runs, top1, recipe, dtype } of result.systems) {
    assert.ok(Math.abs(hm!.mean - (2 * base!.mean * novel!.mean) / (base!.mean + novel!.mean || 1)) < 1e-12)
    assert.is(base!.ddof, 0)
    assert.ok(dtype)
    for (const [i, { tests, training }] of runs.entries()) {
      assert.equal(
        tests.map(({ name, result: { perClass, videos } }) => [
          name,
          perClass.map(({ label }) => label),
          videos,
        ]),
        [
          ['base', clips.names.slice(0, 2), 24],
          ['novel', clips.names.slice(2), 24],
        ],
      )
      assert.equal(
        [base!.values[i], novel!.values[i]],
        tests.map(({ result: { top1: share } }) => share),
      )
      assert.ok(Math.abs(top1.values[i]! - (base!.values[i]! + novel!.values[i]!) / 2) < 1e-12)
      if (training)
        assert.equal([training.seed, training.classes, recipe!.seed], [i, clips.names.slice(0, 2), 0])
    }
  }
  const plus = result.systems.find(({ system }) => system === 'msta+')!
  assert.equal([plus.recipe!.lambda, plus.recipe!.adapter.dim], [1, 4])
  const full = result.systems.find(({ system }) => system === 'full')!
  assert.equal([full.recipe!.learningRate, full.parameters.trained < full.parameters.total], [2e-6, true])
})

test('zero-shot: trained on one data set, tested on the splits of another', async () => {
  const { root, labels, train, test: list } = clips
  const lines = readFileSync(list, 'utf8').trimEnd().split('\n')
  const splits = [0, 1, 2].map((part) => {
    const file = path.join(folder, `split${part}.txt`)
    writeFileSync(file, lines.filter((_, i) => i % 3 === part).join('\n'))
    return file
  })
  const data = { root, labels, test: splits, train, source: { root, labels } }
  const result = await twice({ protocol: 'zero-shot', data, systems: ['zero-shot', 'msta'] })
  for (const { top1, runs } of result.systems) {
    assert.is(runs.length, 1)
    assert.equal(
      top1.values,
      runs[0]!.tests.map(({ result: { top1: share } }) => share),
    )
    assert.equal(
      runs[0]!.tests.map(({ name }) => name),
      ['split1', 'split2', 'split3'],
    )
  }
})

test('training on what is tested is refused, or told', async () => {
  const { root, labels, train } = clips
  const data = { root, labels, train, test: train }
  const refused = await rejection(runProtocol({ ...request, data }))
  assert.ok(hasCode('ERR_LIST', '66 videos of', 'train.txt', 'onOverlap')(refused), String(refused))
  const quick = { ...request, data, changes: [...QUICK, 'batchSize=64'], onOverlap: 'warn' as const }
  assert.ok((await runProtocol(quick)).notes.some((note) => note.startsWith('66 videos of')))
  const novel = { labels, test: clips.test }
  const same = runProtocol({
    ...request,
    protocol: 'base-to-novel',
    data: { ...data, test: clips.test, novel },
  })
  assert.ok(hasCode('ERR_LIST', '4 of the novel classes', clips.names[0]!)(await rejection(same)))
})

test('a stopped protocol goes on where it was, to the same figures', async () => {
  const out = path.join(folder, 'resumed')
  const asked: ProtocolRequest = { ...request, protocol: 'few-shot', shots: [2], seeds: [0, 1] }
  const whole = await runProtocol(asked)
  const controller = new AbortController()
  const stopped = runProtocol(asked, {
    out,
    signal: controller.signal,
    onProgress: ({ run, part }) => {
      if (run === 'seed-1' && part === 'test') controller.abort(new Error('enough'))
    },
  })
  assert.is(((await rejection(stopped)) as Error).message, 'enough')
  assert.not.ok(existsSync(path.join(out, 'results.json')))
  const parts = new Set<string>()
  const result = await runProtocol(asked, {
    out,
    resume: true,
    onProgress: ({ run, part }) => parts.add(`${run} ${part}`),
  })
  assert.equal([...parts], ['seed-1 test'])
  assert.ok(compareBundles(whole, result).isSameFigures)
  const read = await readBundle(path.join(out, 'results.json'))
  assert.equal(read, JSON.parse(JSON.stringify(result)))
  rmSync(out, { recursive: true })
})

test('adapters trained before are tested: one a run', async () => {
  const out = path.join(folder, 'given')
  const asked: ProtocolRequest = {
    ...request,
    protocol: 'few-shot',
    shots: [2],
    seeds: [0, 1],
    systems: ['full', 'msta'],
  }
  const trained = await runProtocol(asked, { out })
  const { train: _, ...data } = request.data
  for (const row of trained.systems) {
    const adapters = row.runs.map(({ training }) => training!.adapter!.file)
    const { systems: __, ...rest } = asked
    const tested = await runProtocol({ ...rest, data, adapters })
    assert.equal(tested.systems[0]!.top1.values, row.top1.values)
    assert.equal(tested.systems[0]!.parameters, row.parameters)
  }
  rmSync(out, { recursive: true })
})

test('descriptions that are cut are told, those that are missing refused before any training', async () => {
  const descriptions = writeDescriptions(folder, clips.names)
  const lists = JSON.parse(readFileSync(descriptions.temporal, 'utf8'))
  lists[0][0] = 'step '.repeat(40)
  const temporal = path.join(folder, 'long.json')
  writeFileSync(temporal, JSON.stringify(lists))
  const asked: ProtocolRequest = { ...request, protocol: 'few-shot', shots: [2], systems: ['msta', 'msta+'] }
  const { notes } = await runProtocol({ ...asked, descriptions: { ...descriptions, temporal } })
  assert.ok(notes.some((note) => note.startsWith('1 of 16 descriptions are longer than 32 tokens')))
  const missing = { ...descriptions, temporal: path.join(folder, 'nowhere.json') }
  const parts: string[] = []
  const refused = runProtocol(
    { ...asked, descriptions: missing },
    { onProgress: ({ part }) => parts.push(part) },
  )
  assert.ok(hasCode('ERR_FILE', 'nowhere.json')(await rejection(refused)))
  assert.equal(parts, [])
})

test('evaluate with a protocol tests the adapter it is given', async () => {
  const { root, labels, test: list } = clips
  const model = await ViCLIP.load(request.model.source, { device: 'cpu' })
  const adapter = MSTA.attach(model, { dim: 4, layers: [1, 2], alpha: 1, seed: 2 })
  const plain = await evaluate({ model, adapter, data: { root, list, labels } })
  const data = { root, list, labels }
  const supervised = await evaluate({ model, adapter, data, protocol: 'supervised', views: '1x1' })
  assert.equal([supervised.top1, supervised.videos], [plain.top1, plain.videos])
  assert.equal(supervised.systems[0]!.runs[0]!.tests[0]!.result.confusion, plain.confusion)
  const { base, novel, hm } = await evaluate({ model, adapter, data, protocol: 'base-to-novel' })
  assert.ok(hm!.mean <= Math.max(base!.mean, novel!.mean))
  assert.equal(hm!.seeds, [])
  adapter.dispose()
  model.dispose()
})

test('what makes no sense is refused before anything runs', async () => {
  const { root, labels, test: list } = clips
  const untrained = { root, labels, test: list }
  const wrong: [Partial<ProtocolRequest>, ...string[]][] = [
    [{ protocol: 'nonsense' as 'supervised' }, 'nonsense'],
    [{ systems: ['nonsense'] }, 'nonsense', 'adaptformer'],
    [{ systems: ['msta'], data: untrained }, 'msta', 'training list'],
    [{ systems: ['msta+'] }, 'descriptions'],
    [{ systems: ['clip'] }, 'CLIP checkpoint'],
    [{ changes: ['lambda=3'] }, 'lambda=3', 'SYSTEM:'],
    [{ changes: [...QUICK, 'msta:lambda=3'] }, 'descriptions'],
    [{ changes: ['nosystem:epochs=3'] }, 'nosystem'],
    [{ changes: ['adapter.layers=1-7'] }, '1-7'],
    [{ seeds: [-1] }, 'seed'],
    [{ shots: [0] }, 'shots'],
    [{ ddof: -1 }, 'ddof'],
    [{ views: '2x2' }, '2x2'],
    [{ protocol: 'zero-shot' }, 'another data set'],
    [{ protocol: 'few-shot', data: { ...untrained, novel: { labels, test: list } } }, 'novel'],
    [{ adapters: ['a'] }, 'not both'],
    [{ data: { ...untrained, labels: [labels, labels] } }, 'label file'],
  ]
  for (const [change, ...parts] of wrong)
    assert.ok(
      hasCode('ERR_ARGUMENT', ...parts)(await rejection(runProtocol({ ...request, ...change }))),
      JSON.stringify(change),
    )
})

protocols.run()
