// Trains on half of the classes and tests on both halves: does an adapter learn its own and keep the others?
//
//   node examples/base-to-novel.mjs [FOLDER]

import path from 'node:path'
import { evaluate, generateMotionDataset, ViCLIP } from 'msta-native'

const folder = process.argv[2] ?? 'runs/base-to-novel'

// The first half of the classes is base. What moves or changes in the novel ones, it does in a base one, too.
const classes = /** @type {const} */ ([
  ...['growing while moving left', 'growing while moving right'],
  ...['shrinking while moving up', 'shrinking while moving down'],
  ...['growing while moving up', 'growing while moving down'],
  ...['shrinking while moving left', 'shrinking while moving right'],
])
const { root, train, test, labels } = await generateMotionDataset(path.join(folder, 'clips'), {
  classes,
  trainPerClass: 8,
  testPerClass: 6,
  seed: 5,
})

const model = await ViCLIP.load('msta-tiny')
const { systems } = await evaluate({
  model,
  protocol: 'base-to-novel',
  // The first half of the labels is base. Where the halves have lists of their own: `novel: { labels, test }`.
  data: { root, train, test, labels },
  systems: ['zero-shot', 'msta'],
  shots: [8],
  seeds: [0, 1],
  recipe: 'small', // for real videos and 'OpenGVLab/ViCLIP-B-16-hf': 'base-to-novel/ucf101'
  changes: ['batchSize=16'],
  // results.json holds every run and the hashes of lists and weights; `resume: true` goes on where a call was stopped.
  out: path.join(folder, 'results'),
  cacheFrames: { folder: path.join(folder, 'frames') },
})

for (const { title, base, novel, hm } of systems)
  console.log(`${title}: base ${mean(base)}, novel ${mean(novel)}, harmonic mean ${mean(hm)}`)
model.dispose()

/** @param {import('msta-native').Summary | undefined} summary */
function mean(summary) {
  if (!summary) return '-'
  const spread = summary.std === null ? '' : ` ± ${(100 * summary.std).toFixed(1)}`
  return `${(100 * summary.mean).toFixed(1)}${spread}`
}
