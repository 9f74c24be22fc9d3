// How the recipe `small` and the demo's settings were found: `node dist/bench/adapt-tiny/run.js [--out FILE]`. Writes every
// trial with the best of each system, and prints a table; docs/small-models.md tells what it means.
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { COMPOUND_MOTION_HALVES } from '../../lib/data/synthetic.js'
import { ViCLIP } from '../../lib/recognition/viclip.js'
import { weightsHash } from '../../lib/recognition/weights-hash.js'
import { COMMON, SEARCHED } from './axes.js'
import { percent } from './percent.js'
import { search } from './search.js'
import { CLIPS, SEEDS, type Trial, type TrialClips, tryOut, writeTrialData } from './trial.js'

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'bench/adapt-tiny/results.json' },
    model: { type: 'string', default: 'msta-tiny' },
  },
})
// The other way round than in the demo: what is chosen by them has not seen the demo's novel classes as novel ones.
const CLASSES = [...COMPOUND_MOTION_HALVES.novel, ...COMPOUND_MOTION_HALVES.base]

/** All that was tried. */
export interface SearchResult {
  /** SHA-256 of the model's file. */
  weights: string | null
  clips: TrialClips
  seeds: number[]
  trials: Trial[]
  /** The best of each system, and the model as it is. */
  best: Trial[]
}

/** Trials of an earlier run with the same weights, which are not made again. */
async function readEarlier(weights: string | null): Promise<Trial[]> {
  if (!existsSync(values.out)) return []
  const earlier = JSON.parse(await readFile(values.out, 'utf8')) as SearchResult
  return earlier.weights === weights ? earlier.trials : []
}

const folder = await mkdtemp(path.join(tmpdir(), 'msta-adapt-tiny-'))
const model = await ViCLIP.load(values.model, { device: 'cpu', dtype: 'float32' })
const trials: Trial[] = []
const best: Trial[] = []
try {
  const files = await writeTrialData(folder, CLASSES, CLIPS)
  const weights = await weightsHash(values.model)
  const earlier = await readEarlier(weights)
  const attempt = async (system: string, changes: string[]): Promise<Trial> => {
    const isSame = (trial: Trial) =>
      trial.system === system && trial.changes.slice(COMMON.length).join() === changes.join()
    const kept = earlier.find(isSame)
    const trial = kept ?? (await tryOut(model, files, { system, changes, seeds: SEEDS }))
    const figures = [percent(trial.base), percent(trial.novel), percent([trial.hm])]
    console.log(`| ${[system, changes.join(' '), ...figures].join(' | ')} |`)
    trials.push(trial)
    return trial
  }
  console.log('| system | changes of base-to-novel | base | novel | HM |\n|---|---|---|---|---|')
  best.push(await attempt('zero-shot', []))
  for (const { system, like, ...searched } of SEARCHED) {
    const given = best.find((trial) => trial.system === like)?.changes.slice(COMMON.length) ?? []
    const fixed = [...searched.fixed, ...given]
    best.push(await search({ ...searched, fixed }, (changes) => attempt(system, changes)))
  }
  const result: SearchResult = {
    weights,
    clips: CLIPS,
    seeds: SEEDS,
    trials,
    best,
  }
  await writeFile(values.out, `${JSON.stringify(result, null, 2)}\n`)
} finally {
  model.dispose()
  await rm(folder, { recursive: true, force: true })
}
