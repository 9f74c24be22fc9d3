// Teaches a model actions from a folder of clips, and keeps what it learnt as a small file.
//
//   node examples/few-shot.mjs [FOLDER]

import { readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import {
  COMPOUND_MOTION_NAMES,
  evaluate,
  generateMotionDataset,
  loadAdapter,
  loadDataset,
  resolveRecipe,
  train,
  ViCLIP,
} from 'msta-native'

const folder = process.argv[2] ?? 'runs/few-shot'

// Your own clips go into such folders: clips/NAME_OF_THE_CLASS/ANY_NAME.mp4. These here are drawn.
const clips = path.join(folder, 'clips')
await generateMotionDataset(clips, {
  classes: COMPOUND_MOTION_NAMES.slice(0, 6),
  trainPerClass: 16,
  testPerClass: 0,
  seed: 5,
})

// 1. Lists: a line "path class" for each clip, every second one for the test; and the names of the classes.
const found = await readdir(clips, { withFileTypes: true })
const folders = found
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort()
const names = folders.map((name) => name.replaceAll('_', ' '))
const lines = { train: '', test: '' }
for (const [id, name] of folders.entries())
  for (const [i, file] of (await readdir(path.join(clips, name))).sort().entries())
    lines[i % 2 === 0 ? 'train' : 'test'] += `${name}/${file} ${id}\n`
await writeFile(path.join(folder, 'train.txt'), lines.train)
await writeFile(path.join(folder, 'test.txt'), lines.test)
await writeFile(
  path.join(folder, 'labels.csv'),
  `id,name\n${names.map((name, id) => `${id},${name}\n`).join('')}`,
)

// 2. Train. For real videos: the model 'OpenGVLab/ViCLIP-B-16-hf', the recipe 'few-shot', no cacheVideoPrefix.
const model = await ViCLIP.load('msta-tiny')
const data = { root: clips, list: path.join(folder, 'train.txt'), labels: path.join(folder, 'labels.csv') }
const recipe = await resolveRecipe('small', ['lambda=0', 'batchSize=8']) // MSTA+ needs descriptions of the classes
const { adapter } = await train({
  model,
  data,
  recipe,
  out: path.join(folder, 'run'),
  cacheVideoPrefix: 64, // MB for what frozen blocks make of each video: the recipe has no augmentation
  onProgress: ({ step, totalSteps, loss }) => {
    if (step % 10 === 0) console.error(`step ${step} of ${totalSteps}: loss ${loss.toFixed(2)}`)
  },
})

// 3. Evaluate on the clips that it was not trained on.
const unseen = await loadDataset({ ...data, list: path.join(folder, 'test.txt') })
const before = await evaluate({ model, data: unseen })
const after = await evaluate({ model, adapter, data: unseen })
console.log(`top-1 accuracy: ${percent(before.top1)} before, ${percent(after.top1)} after`)

// 4. Predict, here or in another program, with the adapter's file.
const loaded = await loadAdapter(model, path.join(folder, 'run/adapter.safetensors'))
const video = unseen.entries[0].file
const { predictions } = await model.classify(video, names, { adapter: loaded, topK: 1 })
console.log(`${path.relative(clips, video)}: ${predictions[0].label} (${percent(predictions[0].score)})`)

loaded.dispose()
adapter.dispose()
model.dispose()

/** @param {number} share */
function percent(share) {
  return `${(100 * share).toFixed(1)} %`
}
