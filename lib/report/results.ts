import { readFile } from 'node:fs/promises'
import type { EvaluationResult } from '../evaluate/evaluate.js'
import { isJsonObject, parseJson } from '../formats/json.js'
import { MstaError } from '../runtime/errors.js'

/** What `msta eval --json` writes: a result, and what it is of. */
export interface SavedResult extends EvaluationResult {
  model: string
  adapter: string | null
}

/** A setting in which two results differ. */
export interface SettingChange {
  setting: 'model' | 'adapter' | 'views' | 'template' | 'list' | 'classes'
  before: string
  after: string
}

/** How an accuracy changed; all values from 0 to 1. */
export interface AccuracyChange {
  before: number
  after: number
  /** `after - before`. */
  change: number
}

/** One result beside another. */
export interface ResultComparison {
  /** Model, adapter, list and so on, where they differ. */
  settings: SettingChange[]
  /** Whether both scored the same list, by its hash, with the same classes; else accuracies compare nothing. */
  isSameTask: boolean
  top1: AccuracyChange & {
    /**
     * 1.96 standard errors of the difference of two independent samples of videos. A smaller change may be chance; on
     * the same videos the true margin is mostly narrower.
     */
    margin: number
  }
  top5: AccuracyChange
  /** Classes that both have scored and whose accuracy differs, the largest change first. */
  perClass: (AccuracyChange & { label: string })[]
}

/** The JSON of a result file. @throws MstaError ERR_FILE, ERR_FORMAT; the signal's reason */
export async function readResultFile(file: string, signal?: AbortSignal): Promise<unknown> {
  const text = await readFile(file, { encoding: 'utf8', ...(signal && { signal }) }).catch((cause) => {
    signal?.throwIfAborted()
    throw new MstaError('ERR_FILE', `${file}: cannot read the result (${cause.message})`, { file, cause })
  })
  try {
    return parseJson(text)
  } catch (cause) {
    throw new MstaError('ERR_FORMAT', `${file}: not JSON (${(cause as Error).message})`, { file, cause })
  }
}

/**
 * Reads a result that `msta eval --json` wrote.
 * @throws MstaError ERR_FILE; ERR_FORMAT naming the key at fault; the signal's reason
 */
export async function readResult(file: string, signal?: AbortSignal): Promise<SavedResult> {
  const value = await readResultFile(file, signal)
  const wrong = isJsonObject(value) ? wrongKey(value) : 'the whole'
  if (wrong === undefined) return value as unknown as SavedResult
  throw new MstaError('ERR_FORMAT', `${file}: no result of msta eval --json: ${wrong} is missing or wrong`, {
    file,
  })
}

const isShare = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 1
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0
const isText = (value: unknown) => typeof value === 'string'
const isClass = (value: unknown) =>
  isJsonObject(value) &&
  isText(value.label) &&
  isCount(value.videos) &&
  (value.accuracy === null || isShare(value.accuracy))

const CHECKS: Record<string, (value: unknown) => boolean> = {
  model: isText,
  adapter: (value) => value === null || isText(value),
  top1: isShare,
  top5: isShare,
  videos: isCount,
  failed: isCount,
  views: isText,
  template: isText,
  list: (value) => isJsonObject(value) && isText(value.file) && isText(value.sha256),
  perClass: (value) => Array.isArray(value) && value.every(isClass),
}

function wrongKey(value: Record<string, unknown>): string | undefined {
  return Object.keys(CHECKS).find((key) => !CHECKS[key]!(value[key]))
}

/** Whether a JSON value is an accuracy on a list, without or with what it is of. */
export const isEvaluation = (value: unknown): boolean =>
  isJsonObject(value) && wrongKey({ ...value, model: '', adapter: null }) === undefined

/** What changed from one result to another. */
export function compareResults(before: SavedResult, after: SavedResult): ResultComparison {
  const settings = changedSettings(before, after)
  const labels = new Map(before.perClass.map((one) => [one.label, one.accuracy]))
  const perClass = after.perClass.flatMap(({ label, accuracy }) => {
    const own = labels.get(label)
    return typeof own === 'number' && accuracy !== null && accuracy !== own
      ? [{ label, ...changeOf(own, accuracy) }]
      : []
  })
  const variance = ({ top1, videos }: SavedResult) => (top1 * (1 - top1)) / Math.max(1, videos)
  const margin = 1.96 * Math.sqrt(variance(before) + variance(after))
  return {
    settings,
    isSameTask: !settings.some(({ setting }) => setting === 'list' || setting === 'classes'),
    top1: { ...changeOf(before.top1, after.top1), margin },
    top5: changeOf(before.top5, after.top5),
    perClass: perClass.sort((a, b) => Math.abs(b.change) - Math.abs(a.change)),
  }
}

/** From one accuracy to another. */
export const changeOf = (before: number, after: number): AccuracyChange => ({
  before,
  after,
  change: after - before,
})

function changedSettings(before: SavedResult, after: SavedResult): SettingChange[] {
  const settingsOf = ({ model, adapter, views, template, list, perClass }: SavedResult) => ({
    model,
    adapter: adapter ?? 'none',
    views,
    template,
    list: `${list.file} (${list.sha256.slice(0, 12)})`,
    classes: `${perClass.length}`,
  })
  const [old, now] = [settingsOf(before), settingsOf(after)]
  const differs: Record<SettingChange['setting'], boolean> = {
    model: old.model !== now.model,
    adapter: old.adapter !== now.adapter,
    views: old.views !== now.views,
    template: old.template !== now.template,
    // Where a list lies does not matter, only what it says.
    list: before.list.sha256 !== after.list.sha256,
    classes:
      before.perClass.map(({ label }) => label).join('\n') !==
      after.perClass.map(({ label }) => label).join('\n'),
  }
  return (Object.keys(differs) as SettingChange['setting'][])
    .filter((setting) => differs[setting])
    .map((setting) => ({ setting, before: old[setting], after: now[setting] }))
}
