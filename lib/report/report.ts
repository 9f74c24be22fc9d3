import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { replaceFile } from '../formats/replace-file.js'
import { MstaError } from '../runtime/errors.js'
import { packageRoot } from '../runtime/package-root.js'
import { isBundleFile, readBundle } from './bundles.js'
import { bundleChapter, resultChapter, trainingChapter, withExamples } from './chapters.js'
import type { Examples } from './examples/collect.js'
import { type Chapter, pageParts } from './page/page.js'
import { readResult } from './results.js'
import { readRunFolder } from './run-folder.js'

/** Options of {@link writeReport}. */
export interface WriteReportOptions {
  /** The HTML file to write; its folder must exist. */
  out: string
  /** What the page is called; the source's name unless given. */
  title?: string | undefined
  /** Single videos to show, of `collectExamples`. */
  examples?: Examples | undefined
  signal?: AbortSignal | undefined
}

/**
 * Writes one HTML page, which needs no other file, no network and no script, about run folders of `msta train`, results
 * of `msta eval --json` and result bundles of `msta eval --protocol` (or the folder with one).
 *
 * @throws MstaError ERR_ARGUMENT without a source; ERR_FILE, ERR_FORMAT naming the file at fault; the signal's reason
 */
export async function writeReport(
  sources: readonly string[],
  { out, title, examples, signal }: WriteReportOptions,
): Promise<void> {
  if (sources.length === 0)
    throw new MstaError('ERR_ARGUMENT', 'A report needs a run folder or a result file')
  const chapters: Chapter[] = []
  for (const source of sources) chapters.push(await chapterOf(source, sources.length > 1, signal))
  const { version } = JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8'))
  const [first] = sources
  const page = {
    title:
      title ?? (sources.length === 1 ? path.basename(path.resolve(first!)) : `${sources.length} results`),
    subtitle: sources.map((source) => path.resolve(source)).join(', '),
    chapters: examples ? withExamples(chapters, examples) : chapters,
    footer: `Written by msta-native ${version}, ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC.`,
  }
  await replaceFile(
    out,
    async (file) => {
      for (const part of pageParts(page)) {
        signal?.throwIfAborted()
        await file.write(part)
      }
    },
    { signal, durable: false },
  )
}

async function chapterOf(source: string, isOneOfMany: boolean, signal?: AbortSignal): Promise<Chapter> {
  // Each is built at once: others get their turn between.
  await setImmediate()
  const titled = (kind: string) => (isOneOfMany ? `${kind}: ${source}` : kind)
  const isFolder = async (name: string) => (await stat(name).catch(() => undefined))?.isDirectory() ?? false
  const isFile = async (name: string) => (await stat(name).catch(() => undefined))?.isFile() ?? false
  if (await isFolder(source)) {
    const bundle = path.join(source, 'results.json')
    if (!(await isFile(bundle)))
      return trainingChapter(await readRunFolder(source, signal), titled('Training'))
    return chapterOf(bundle, isOneOfMany, signal)
  }
  if (!(await isBundleFile(source, signal)))
    return resultChapter(await readResult(source, signal), titled('Evaluation'))
  const bundle = await readBundle(source, signal)
  return bundleChapter(bundle, titled(`Protocol ${bundle.protocol}`))
}
