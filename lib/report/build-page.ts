import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { packageRoot } from '../runtime/package-root.js'
import { isBundleFile, readBundle } from './bundles.js'
import { bundleChapter, resultChapter, trainingChapter, withExamples } from './chapters.js'
import type { Examples } from './examples/collect.js'
import { type Chapter, pageParts } from './page/page.js'
import { readResult } from './results.js'
import { readRunFolder } from './run-folder.js'

/** What a page is built from. */
export interface PageRequest {
  sources: readonly string[]
  title: string | undefined
  examples: Examples | undefined
}

/** Reads sources and makes the page about them, at once: for a thread of its own. @throws as `writeReport` */
export async function buildPage({ sources, title, examples }: PageRequest): Promise<string> {
  const chapters: Chapter[] = []
  for (const source of sources) chapters.push(await chapterOf(source, sources.length > 1))
  const { version } = JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8'))
  const [first] = sources
  const page = {
    title:
      title ?? (sources.length === 1 ? path.basename(path.resolve(first!)) : `${sources.length} results`),
    subtitle: sources
      .map((source) => path.relative('.', source) || path.basename(path.resolve(source)))
      .join(', '),
    chapters: examples ? withExamples(chapters, examples) : chapters,
    footer: `Written by msta-native ${version}, ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC.`,
  }
  return [...pageParts(page)].join('')
}

async function chapterOf(source: string, isOneOfMany: boolean): Promise<Chapter> {
  const titled = (kind: string) => (isOneOfMany ? `${kind}: ${source}` : kind)
  const isFolder = async (name: string) => (await stat(name).catch(() => undefined))?.isDirectory() ?? false
  const isFile = async (name: string) => (await stat(name).catch(() => undefined))?.isFile() ?? false
  if (await isFolder(source)) {
    const bundle = path.join(source, 'results.json')
    if (!(await isFile(bundle))) return trainingChapter(await readRunFolder(source), titled('Training'))
    return chapterOf(bundle, isOneOfMany)
  }
  if (!(await isBundleFile(source))) return resultChapter(await readResult(source), titled('Evaluation'))
  const bundle = await readBundle(source)
  return bundleChapter(bundle, titled(`Protocol ${bundle.protocol}`))
}
