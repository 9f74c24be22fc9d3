// Recognises videos by the names of what they may show, without any training.
//
//   node examples/zero-shot.mjs [FOLDER FOR THE CLIPS]

import path from 'node:path'
import { generateMotionDataset, loadDataset, ViCLIP } from 'msta-native'

// Stand-ins for videos of your own: mp4 files of coloured shapes, three of each class.
const { root, test, labels, names } = await generateMotionDataset(process.argv[2] ?? 'runs/zero-shot', {
  classes: ['moving left', 'growing', 'circling', 'blinking'],
  trainPerClass: 0,
  testPerClass: 3,
  seed: 5,
})
const { entries } = await loadDataset({ root, list: test, labels })
const videos = entries.map(({ file }) => file)

// A model that comes with this package and knows drawn shapes only. For real videos: 'OpenGVLab/ViCLIP-B-16-hf'.
const model = await ViCLIP.load('msta-tiny')

for await (const result of model.classifyMany(videos, names, { topK: 2 })) {
  // A video that cannot be decoded does not stop the others.
  if ('error' in result) console.error(result.error.message)
  else console.log(`${path.relative(root, result.video)}: ${result.predictions.map(told).join(', ')}`)
}
model.dispose()

/** @param {import('msta-native').Prediction} prediction */
function told({ label, score }) {
  return `${label} ${(100 * score).toFixed(1)} %`
}
