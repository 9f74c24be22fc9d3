/** Made-up results of any size, with names that a page must not take for markup. */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type {
  EvaluationResult,
  Example,
  Examples,
  Projection,
  ProtocolResult,
  SavedResult,
  Summary,
  SystemResult,
} from '../../lib/index.js'

/** What would run, or break a page, if it were not escaped. */
export const HOSTILE = '<img src=x onerror="alert(1)">&\'</script><b>'

const SHA = 'ab12'.repeat(16)

/** Numbers from 0 to 1 that look random and are always the same. */
function numbers(seed: number): () => number {
  let state = seed * 2654435761 + 1
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** Names of classes; the second is hostile. */
export const labelsOf = (classes: number): string[] =>
  Array.from({ length: classes }, (_, c) => (c === 1 ? HOSTILE : `doing activity number ${c}`))

/** An evaluation of some classes with eight videos each; of the last there is none. */
export function sampleEvaluation(classes: number, accuracy = 0.7, seed = 1): EvaluationResult {
  const random = numbers(seed)
  const labels = labelsOf(classes)
  const confusion = new Array<number>(classes * classes).fill(0)
  for (let label = 0; label < classes - 1; label++)
    for (let video = 0; video < 8; video++) {
      const wrong = (label + 1 + Math.floor(random() ** 3 * (classes - 1))) % classes
      const answer = random() < accuracy ? label : wrong
      confusion[label * classes + answer]! += 1
    }
  const right = labels.map((_, c) => confusion[c * classes + c]!)
  const videos = (classes - 1) * 8
  const top1 = right.reduce((sum, count) => sum + count, 0) / videos
  return {
    top1,
    top5: Math.min(1, top1 + 0.15),
    videos,
    failed: 1,
    failures: [{ path: `${HOSTILE}.mp4`, code: 'ERR_VIDEO', message: `${HOSTILE}.mp4: cannot be decoded` }],
    perClass: labels.map((label, c) =>
      c === classes - 1
        ? { label, accuracy: null, videos: 0 }
        : { label, accuracy: right[c]! / 8, videos: 8 },
    ),
    confusion,
    views: '1x1',
    template: 'a video of {}.',
    list: { file: `/lists/${HOSTILE}.txt`, sha256: SHA },
    seconds: 12.5,
  }
}

/** A result of `msta eval --json`. */
export const sampleResult = (classes: number): SavedResult => ({
  model: HOSTILE,
  adapter: null,
  ...sampleEvaluation(classes),
})

function summary(values: number[]): Summary {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const std = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : null
  return { mean, std, ddof: 1, values, seeds: values.map((_, i) => i) }
}

/** A bundle of base-to-novel with three runs a system, or of few-shot with 2, 4 and 8 shots. */
export function sampleBundle(
  protocol: 'base-to-novel' | 'few-shot',
  classes: number,
  titles: readonly string[] = ['ViCLIP', `ViCLIP + ${HOSTILE}`, 'ViCLIP + MSTA'],
): ProtocolResult {
  const tests = protocol === 'base-to-novel' ? ['base', 'novel'] : ['test']
  const shots = protocol === 'base-to-novel' ? [16] : [2, 4, 8]
  const systems = titles.flatMap((title, t) =>
    (t === 0 ? [null] : shots).map((count, s): SystemResult => {
      const runs = [0, 1, 2].slice(0, t === 0 ? 1 : 3).map((seed) => ({
        name: `seed-${seed}`,
        training: null,
        tests: tests.map((name, i) => ({
          name,
          result: sampleEvaluation(classes, 0.4 + 0.12 * t + 0.06 * s - 0.1 * i, 1 + seed + 10 * t),
        })),
      }))
      const of = (name: string) =>
        summary(runs.map((run) => run.tests.find((test) => test.name === name)!.result.top1))
      const halves =
        protocol === 'base-to-novel' ? { base: of('base'), novel: of('novel'), hm: of('novel') } : {}
      return {
        system: title.toLowerCase(),
        title,
        recipe: null,
        shots: count,
        parameters: { trained: t * 1_744_000, total: 151_000_000 },
        dtype: 'float32',
        top1: of(tests[0]!),
        top5: summary(runs.map(({ tests: own }) => own[0]!.result.top5)),
        ...halves,
        videos: runs.length * tests.length * (classes - 1) * 8,
        failed: 0,
        runs,
      }
    }),
  )
  const last = systems.at(-1)!
  return {
    format: 'msta-native results',
    formatVersion: 1,
    protocol,
    request: {
      protocol,
      data: { root: '/clips', labels: '/clips/labels.csv', test: '/clips/test.txt' },
      model: { source: HOSTILE },
    },
    provenance: {
      version: '0.1.0',
      weights: [{ source: HOSTILE, sha256: SHA }],
      device: 'cpu',
      preprocessing: { frames: 8, size: 224, views: '1x1', mean: [0.5], std: [0.5], resize: 'bilinear' },
      created: '2026-01-01T00:00:00.000Z',
      seconds: 1234,
    },
    systems,
    notes: [HOSTILE],
    top1: last.top1.mean,
    top5: last.top5.mean,
    videos: last.videos,
    failed: 0,
  }
}

/** Writes a run folder with curves like those of a training with MSTA+. */
export function writeSampleRun(folder: string, epochs = 12, perEpoch = 40): string {
  mkdirSync(folder, { recursive: true })
  const random = numbers(5)
  const config = {
    recipe: { name: HOSTILE, epochs, learningRate: 0.001, adapter: { dim: 128, layers: [8, 12] } },
    'adapter settings': { dim: 128 },
    model: { source: HOSTILE, config: { video: { frames: 8 } } },
    'training list': { file: `/lists/${HOSTILE}.txt`, sha256: SHA },
    labels: labelsOf(20),
    descriptions: null,
  }
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config))
  const lines: Record<string, unknown>[] = []
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = 0; i < perEpoch; i++) {
      const step = epoch * perEpoch + i + 1
      const crossEntropy = 0.3 + 2.5 * Math.exp(-step / 90) + 0.3 * random()
      const consistency = 0.4 + 0.5 * Math.exp(-step / 200)
      lines.push({
        ...{ step, epoch, loss: crossEntropy + consistency, crossEntropy, consistency },
        learningRate: 0.0005 * (1 + Math.cos((Math.PI * step) / (epochs * perEpoch))),
        gradientNorm: 0.5 + 20 * Math.exp(-step / 30) + random(),
        ...{ seconds: 0.4 + 0.1 * random(), secondsWaiting: 0.05 * random(), peakMemoryMb: 900 },
      })
    }
    const top1 = 0.85 - 0.5 * Math.exp(-epoch / 4)
    const validation = { top1, top5: top1 + 0.1, videos: 200, failed: 0 }
    lines.push({ step: (epoch + 1) * perEpoch, epoch, validation })
  }
  lines.push({ step: epochs * perEpoch, skipped: `the loss is not finite: ${HOSTILE}` })
  writeFileSync(path.join(folder, 'metrics.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return folder
}

const JPEG =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AVN//2Q=='

/** Single videos of nine classes: more than a map tells apart. */
export function sampleExamples(): Examples {
  const random = numbers(9)
  const labels = labelsOf(9)
  const videos = Array.from({ length: 60 }, (_, i) => ({
    path: `${HOSTILE}/${i}.mp4`,
    label: labels[i % 9]!,
    answer: labels[(i * 7) % 9]!,
  }))
  const projection = (spread: number): Projection => ({
    points: videos.map((_, i) => ({
      x: Math.cos(i % 9) + spread * random(),
      y: Math.sin(i % 9) + spread * random(),
    })),
    explained: [0.4, 0.2],
  })
  const attention = () => {
    const patches = Float32Array.from({ length: 8 * 4 * 4 }, () => random() ** 4 / 30)
    return { frames: 8, grid: 4, patches, ofItself: 1 - patches.reduce((sum, share) => sum + share, 0) }
  }
  const example = (isRight: boolean): Example => ({
    path: `${HOSTILE}.mp4`,
    label: HOSTILE,
    before: [{ label: labels[0]!, score: 0.6 }],
    after: [
      { label: isRight ? HOSTILE : labels[2]!, score: 0.7 },
      { label: isRight ? labels[2]! : HOSTILE, score: 0.2 },
    ],
    pictures: isRight
      ? {
          strip: {
            jpeg: Buffer.from(JPEG, 'base64'),
            ...{ shown: [0, 1, 2, 3, 4, 5, 6, 7], columns: 4, tile: { width: 80, height: 60 } },
          },
          ...{ before: attention(), after: attention() },
        }
      : null,
  })
  return {
    right: [example(true)],
    wrong: [example(false)],
    map: { videos, before: projection(2), after: projection(0.5) },
    videos: 60,
  }
}
