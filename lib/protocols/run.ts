import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Adapter } from '../adapters/adapter.js'
import { contentHash } from '../data/check/fingerprint.js'
import type { CacheFramesOptions } from '../data/frame-cache/plan.js'
import type { Labels } from '../data/labels.js'
import { evaluate } from '../evaluate/evaluate.js'
import { replaceFile } from '../formats/replace-file.js'
import type { ViCLIP } from '../recognition/viclip.js'
import { type ClassDescriptions, readClassDescriptions } from '../train/descriptions.js'
import type { Recipe } from '../train/recipes.js'
import { train } from '../train/train.js'
import type { Test, Training } from './plan.js'
import type { DescriptionFiles } from './request.js'
import type { Provenance, RunResult, TrainingResult } from './result.js'

/** Where a protocol is. */
export interface ProtocolProgress {
  system: string
  /** Name of the run. */
  run: string
  /** `training`, or the name of a test. */
  part: string
  /** Steps, or videos. */
  done: number
  total: number
}

/** What all runs of a protocol have in common. */
export interface RunSettings {
  tests: readonly Test[]
  views: string
  badVideos: 'skip' | 'fail'
  descriptions: DescriptionFiles | undefined
  weights: Provenance['weights']
  cacheFrames: CacheFramesOptions | undefined
  signal: AbortSignal | undefined
  onProgress: ((progress: Omit<ProtocolProgress, 'system' | 'run'>) => void) | undefined
}

/** Trains a model by a recipe on some videos and tests it; with a folder, finished parts are not done again. */
export async function trainAndTest(
  model: ViCLIP,
  recipe: Recipe,
  { name, data, seed, shots }: Training,
  folder: { out: string; resume: boolean } | undefined,
  settings: RunSettings,
): Promise<RunResult> {
  const { signal, badVideos, onProgress } = settings
  const seeded = { ...recipe, seed }
  const descriptions = await descriptionsFor(seeded, data.labels, settings)
  const lists = listsOf([data, ...settings.tests.map((test) => test.data)])
  const identity = JSON.stringify([
    seeded,
    identityOf(model),
    settings.weights,
    settings.views,
    lists,
    descriptions,
    settings.cacheFrames && [settings.cacheFrames.frames, settings.cacheFrames.shortSide],
  ])
  const kept = folder?.resume ? await readKept(folder.out, identity) : undefined
  if (kept) return kept
  const started = performance.now()
  const { adapter, steps, losses, failures, adapterFile } = await train({
    model,
    data,
    recipe: seeded,
    descriptions,
    out: folder?.out,
    resume: folder?.resume ?? false,
    badVideos,
    cacheFrames: settings.cacheFrames,
    signal,
    onProgress: ({ step, totalSteps }) => onProgress?.({ part: 'training', done: step, total: totalSteps }),
  })
  try {
    const training: TrainingResult = {
      list: data.list,
      classes: data.labels.names,
      videos: data.entries.length,
      shots,
      seed,
      steps,
      loss: losses.at(-1) ?? null,
      failed: failures.length + data.missing.length,
      failures: failures.map(({ path: file, error }) => ({ path: file, message: error.message })),
      seconds: (performance.now() - started) / 1000,
      adapter:
        adapterFile === null
          ? null
          : { file: adapterFile, sha256: (await contentHash(adapterFile, signal))! },
    }
    const tests = await testAll(model, adapter, recipe.template, settings)
    const result = { name, training, tests }
    if (folder) await keep(folder.out, identity, result)
    return result
  } finally {
    adapter.dispose()
  }
}

/** Tests a model as it is, or with an adapter. */
export async function testAll(
  model: ViCLIP,
  adapter: Adapter | null,
  template: string | undefined,
  { tests, views, badVideos, cacheFrames, signal, onProgress }: RunSettings,
): Promise<RunResult['tests']> {
  const results: RunResult['tests'] = []
  for (const { name, data } of tests) {
    const result = await evaluate({
      model,
      adapter,
      data,
      views,
      ...(template !== undefined && { template }),
      badVideos,
      cacheFrames,
      signal,
      onProgress: ({ done, total }) => onProgress?.({ part: name, done, total }),
    })
    results.push({ name, result })
  }
  return results
}

const listsOf = (data: readonly Training['data'][]) =>
  data.map(({ list, labels, entries }) => [list.sha256, labels.names, entries.map(({ file }) => file)])
const identityOf = ({ source, config, dtype, model }: ViCLIP) => [source, config, dtype, model.device.name]

/** The descriptions that a recipe needs for some classes. @throws as `readClassDescriptions` */
export async function descriptionsFor(
  { lambda }: Recipe,
  { names, file }: Labels,
  { descriptions, signal }: Pick<RunSettings, 'descriptions' | 'signal'>,
): Promise<ClassDescriptions | undefined> {
  if (lambda === 0 || !descriptions) return undefined
  // The base half of a label file has fewer classes than the file.
  return readClassDescriptions(names, { ...descriptions, labels: descriptions.labels ?? file! }, signal)
}

const keptFile = (out: string) => path.join(out, 'result.json')

/** The result of a run that was finished before, if it was the same run. */
async function readKept(out: string, identity: string): Promise<RunResult | undefined> {
  try {
    const kept = JSON.parse(await readFile(keptFile(out), 'utf8')) as { identity: string; result: RunResult }
    return kept.identity === identity ? kept.result : undefined
  } catch {
    // Not finished before, or not whole: then it is done again.
    return undefined
  }
}

const keep = (out: string, identity: string, result: RunResult): Promise<void> =>
  replaceFile(keptFile(out), async (file) => {
    await file.writeFile(`${JSON.stringify({ identity, result })}\n`)
  })
