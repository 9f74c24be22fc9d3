import path from 'node:path'
import type { Prediction, ViCLIP } from '../index.js'
import type { DemoData } from './demo-data.js'
import { writeFinalReport } from './final-report.js'
import type { Context } from './run.js'

/** A test clip and what it is taken for. */
export interface SeenClip {
  video: string
  /** What it is. */
  label: string
  predictions: Prediction[]
}

const SHOWN = 6

/** Shows what some test clips of both halves are taken for among the names of all classes, and writes the report. */
export async function showClips(
  model: ViCLIP,
  adapterFile: string,
  { classes, test, data }: DemoData,
  out: string,
  context: Context,
): Promise<SeenClip[]> {
  const { library, signal, output } = context
  const adapter = await library.loadAdapter(model, adapterFile)
  try {
    const labels = data.labels as string
    const list = await library.loadDataset({ root: data.root, list: test, labels, signal })
    const chosen = Array.from({ length: SHOWN }, (_, i) => {
      const id = Math.floor((i * classes.length) / SHOWN)
      return list.entries.find(({ label }) => label === id)!
    })
    const files = chosen.map(({ file }) => file)
    const seen: SeenClip[] = []
    for await (const answer of model.classifyMany(files, classes, { adapter, topK: 2, signal })) {
      if ('error' in answer) throw answer.error
      const id = chosen[seen.length]!.label
      seen.push({ ...answer, label: classes[id]! })
      const half = id < classes.length / 2 ? 'base ' : 'novel'
      const said = answer.predictions.map(({ label, score }) => `${label} (${(100 * score).toFixed(0)} %)`)
      output.line(`${half} ${path.relative(data.root, answer.video)}: ${said.join(', ')}`)
    }
    await writeFinalReport(
      { folder: out, source: path.join(out, 'results.json'), examples: { model, adapter, data: list } },
      context,
    )
    return seen
  } finally {
    adapter.dispose()
  }
}
