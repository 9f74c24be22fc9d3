import { makeClips, datasetOf, QUICK } from './test/train/run-folder.js'
import { loadSmallViClip } from './test/models/small-viclip.js'
import { train } from './lib/train/train.js'
import { mkdtempSync, rmSync } from 'node:fs'
const f = mkdtempSync('/tmp/yy-')
const clips = await makeClips(f); const model = await loadSmallViClip(f)
const data = await datasetOf(clips, clips.train)
const mean = (v) => v.reduce((a,b)=>a+b,0)/v.length
for (const learningRate of [5e-3, 1e-2, 2e-2]) for (const alpha of [0.02, 0.05, 0.1]) for (const augmentation of ['paper','vifi']) {
  const r = await train({model, data, recipe: {...QUICK, epochs: 12, learningRate, augmentation, adapter: {...QUICK.adapter, alpha}}})
  console.log(learningRate, alpha, augmentation, mean(r.losses.slice(0,6)).toFixed(2), mean(r.losses.slice(-6)).toFixed(2)); r.adapter.dispose()
}
rmSync(f,{recursive:true})
