import path from 'node:path'
import type { ProtocolResult, SystemResult } from '../index.js'
import { showClips } from './demo-clips.js'
import { writeDemoData } from './demo-data.js'
import { DEMO_CHANGES, DEMO_RECIPE, DEMO_SYSTEMS } from './demo-systems.js'
import { EXIT } from './exit.js'
import { wholeNumber, wholeNumbers, word } from './options.js'
import { protocolTable } from './protocol-table.js'
import { type Context, defineCommand } from './run.js'

const MODEL = { source: 'msta-tiny', dtype: 'float32' } as const
const SHOWN = 'msta+'

/** `msta demo`: the base-to-novel protocol with every way of tuning, offline, on clips that it writes. */
export const demo = defineCommand({
  command: 'demo',
  describe: 'Show the whole job on generated clips: base-to-novel with five systems, table, report',
  builder: (yargs) =>
    yargs
      .option('out', {
        ...word('Folder for clips, runs, results.json and report.html'),
        default: 'runs/demo',
      })
      .option('seeds', { ...word('Seeds of the runs'), default: '0,1,2' })
      .option('clip-seed', { ...wholeNumber('clip-seed', 'Seed of the clips'), default: 3 })
      .option('shots', { ...wholeNumber('shots', 'Clips of each base class to train on', 1), default: 16 })
      .option('test-clips', { ...wholeNumber('test-clips', 'Test clips of each class', 1), default: 20 })
      .option('set', { type: 'string', array: true, requiresArg: true, default: [], hidden: true }),
  async run(options, context) {
    const { library, signal, output } = context
    const started = performance.now()
    const seeds = wholeNumbers('seeds', options.seeds)
    const out = path.resolve(options.out)
    output.log('1/3 writing clips of shapes that do two things at once, as mp4 files')
    const made = await writeDemoData(
      out,
      { seed: options.clipSeed, shots: options.shots, testPerClass: options.testClips },
      context,
    )
    output.log(`    ${made.classes.length} classes, in ${made.data.root}`)
    output.log(
      '2/3 training each system on clips of 8 classes, testing it on others of those and on 8 new classes',
    )
    const model = await library.ViCLIP.load(MODEL.source, { ...MODEL, signal })
    try {
      const result = await library.runProtocol(
        {
          protocol: 'base-to-novel',
          data: made.data,
          descriptions: made.descriptions,
          model: MODEL,
          systems: DEMO_SYSTEMS,
          recipe: DEMO_RECIPE,
          changes: [...DEMO_CHANGES, ...options.set],
          seeds,
          shots: [options.shots],
          cacheFrames: { folder: path.join(out, 'frames') },
        },
        { out, model, signal, onProgress: showProgress(context), onNote: (note) => output.warn(note) },
      )
      for (const line of protocolTable(result, { withSeconds: true })) output.line(line)
      output.line(comparison(result))
      output.log(`3/3 looking at single clips with ${SHOWN}`)
      const adapter = rowOf(result, SHOWN).runs[0]!.training!.adapter!.file
      const examples = await showClips(model, adapter, made, out, context)
      const seconds = (performance.now() - started) / 1000
      output.line(`all of it: ${seconds.toFixed(0)} s`)
      const { systems } = result
      output.result({
        systems: systems.map(figures),
        examples,
        seconds,
        out,
        report: path.join(out, 'report.html'),
      })
      return EXIT.ok
    } finally {
      model.dispose()
    }
  },
})

/** A bar of what is done, and a line for every run. */
function showProgress({ output }: Context) {
  let shown = ''
  return (at: { system: string; run: string; part: string; done: number; total: number }) => {
    const run = `${at.system}, ${at.run}`
    if (run !== shown) output.log(`    ${run}`)
    shown = run
    output.progress(`${run}, ${at.part}`, at.done, at.total)
  }
}

const rowOf = ({ systems }: ProtocolResult, name: string) => systems.find(({ system }) => system === name)!

/** What training has brought, in points. */
function comparison(result: ProtocolResult): string {
  const [before, after] = [rowOf(result, 'zero-shot'), rowOf(result, SHOWN)]
  const change = (half: 'base' | 'novel') => {
    const points = 100 * (after[half]!.mean - before[half]!.mean)
    return `${points < 0 ? '' : '+'}${points.toFixed(1)}`
  }
  return `MSTA+ against zero-shot: ${change('base')} points on base classes, ${change('novel')} on novel ones (chance is 12.5 %)`
}

const figures = ({ system, title, base, novel, hm, parameters, runs }: SystemResult) => ({
  ...{ system, title, base, novel, hm },
  parameters: parameters.trained,
  seconds: runs.map(({ training }) => training?.seconds ?? 0),
})
