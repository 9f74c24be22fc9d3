// What adapters bring to novel classes depends on what is new about them: the best settings of results.json on other halves.
// `node dist/bench/adapt-tiny/halves.js` writes halves.json and prints a table.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { COMPOUND_MOTION_NAMES, type CompoundMotionName } from '../../lib/data/synthetic.js'
import { ViCLIP } from '../../lib/recognition/viclip.js'
import { COMMON } from './axes.js'
import { percent } from './percent.js'
import type { SearchResult } from './run.js'
import { CLIPS, SEEDS, type Trial, tryOut, writeTrialData } from './trial.js'

const FOLDER = 'bench/adapt-tiny'
const isSideways = (name: string): boolean => /left|right/.test(name)
const isOfSize = (name: string): boolean => /growing|shrinking/.test(name)
// As the squares of a chessboard, changes by ways.
const isOnBlack = (name: CompoundMotionName): boolean => {
  const i = COMPOUND_MOTION_NAMES.indexOf(name)
  return (i + Math.floor(i / 4)) % 2 === 0
}
/** Whether a class is base, by what is new of the others. */
const HALVES: Record<string, (name: CompoundMotionName) => boolean> = {
  'the directions': (name) => !isSideways(name),
  'the changes': isOfSize,
  'only which go together': (name) => !isOnBlack(name),
}

/** The trials of each way to halve the classes. */
export type HalvesResult = Record<string, Trial[]>

const { best } = JSON.parse(await readFile(path.join(FOLDER, 'results.json'), 'utf8')) as SearchResult
const model = await ViCLIP.load('msta-tiny', { device: 'cpu', dtype: 'float32' })
const folder = await mkdtemp(path.join(tmpdir(), 'msta-halves-'))
const result: HalvesResult = {}
try {
  console.log('| new of novel classes | system | base | novel | HM |\n|---|---|---|---|---|')
  for (const [what, isBase] of Object.entries(HALVES)) {
    const base = COMPOUND_MOTION_NAMES.filter(isBase)
    const classes = [...base, ...COMPOUND_MOTION_NAMES.filter((name) => !isBase(name))]
    const files = await writeTrialData(path.join(folder, what.replaceAll(' ', '-')), classes, CLIPS)
    result[what] = []
    for (const { system, changes } of best.filter(({ system }) => /zero-shot|msta/.test(system))) {
      const own = changes.slice(COMMON.length)
      const trial = await tryOut(model, files, { system, changes: own, seeds: SEEDS })
      console.log(
        `| ${[what, system, percent(trial.base), percent(trial.novel), percent([trial.hm])].join(' | ')} |`,
      )
      result[what].push(trial)
    }
  }
  await writeFile(path.join(FOLDER, 'halves.json'), `${JSON.stringify(result, null, 2)}\n`)
} finally {
  model.dispose()
  await rm(folder, { recursive: true, force: true })
}
