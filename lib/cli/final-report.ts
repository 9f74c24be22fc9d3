import path from 'node:path'
import type { CollectExamplesOptions } from '../index.js'
import type { Context } from './run.js'

/** What a command that has done its work reports. */
export interface FinalReport {
  /** The folder of the run, in which `report.html` is written. */
  folder: string
  /** What it is of, if not the folder. */
  source?: string
  /** Videos to show. */
  examples?: Omit<CollectExamplesOptions, 'signal' | 'onProgress'> | undefined
}

/** Writes `report.html` at the end of a run, which is whole without it: what goes wrong here is a warning. */
export async function writeFinalReport(
  { folder, source = folder, examples }: FinalReport,
  { library, signal, output }: Context,
): Promise<void> {
  const out = path.join(folder, 'report.html')
  const warn = (what: string) => (error: Error) => {
    signal.throwIfAborted()
    output.warn(`${what}: ${error.message}`)
    return undefined
  }
  const onProgress = ({ done, total }: { done: number; total: number }) =>
    output.progress('looking at videos', done, total)
  const shown =
    examples &&
    (await library
      .collectExamples({ ...examples, signal, onProgress })
      .catch(warn('the report shows no videos')))
  const title = path.basename(path.resolve(folder))
  await library
    .writeReport([source], { out, title, examples: shown, signal })
    .then(() => output.line(`report: ${path.relative('.', out)}`))
    .catch(warn('no report was written'))
}
