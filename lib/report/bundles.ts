import { isJsonObject } from '../formats/json.js'
import type { ProtocolResult, Summary, SystemResult } from '../protocols/result.js'
import { MstaError } from '../runtime/errors.js'
import { flat } from './flat.js'
import { type AccuracyChange, changeOf, isEvaluation, readResultFile } from './results.js'

/** What a result bundle of a newer version says may not be understood. */
const FORMAT_VERSION = 1

/** One result bundle beside another. */
export interface BundleComparison {
  /** What decides figures and differs: keys of request, recipes, lists, weights, device and version. */
  settings: { setting: string; before: string; after: string }[]
  /** Whether both tested the same videos by the same protocol, by the hashes of lists and the names of classes. */
  isSameTask: boolean
  /** Whether all accuracies of all runs are equal. */
  isSameFigures: boolean
  /** Whether all adapters are equal bit by bit; null where one of the two has written none. */
  isSameAdapters: boolean | null
  /** Systems that both have, by name and shots. */
  systems: (Partial<Record<Figure, AccuracyChange>> & { system: string; shots: number | null })[]
}

/** An accuracy of a bundle's row. */
export type Figure = 'top1' | 'top5' | 'base' | 'novel' | 'hm'

/** What a row of base-to-novel has, all or none. */
const IN_HALVES: readonly Figure[] = ['base', 'novel', 'hm']
const FIGURES: readonly Figure[] = ['top1', 'top5', ...IN_HALVES]

/**
 * Reads a result bundle, as `msta eval --protocol` writes it.
 * @throws MstaError ERR_FILE; ERR_FORMAT for another file or a newer version; the signal's reason
 */
export async function readBundle(file: string, signal?: AbortSignal): Promise<ProtocolResult> {
  return asBundle(await readResultFile(file, signal), file)
}

/** Whether a file is a result bundle. @throws MstaError ERR_FILE, ERR_FORMAT; the signal's reason */
export const isBundleFile = async (file: string, signal?: AbortSignal): Promise<boolean> =>
  isBundle(await readResultFile(file, signal))

const isBundle = (value: unknown): boolean => isJsonObject(value) && value.format === 'msta-native results'

function asBundle(value: unknown, file: string): ProtocolResult {
  const fail = (what: string) => new MstaError('ERR_FORMAT', `${file}: ${what}`, { file })
  if (!isBundle(value)) throw fail('no result bundle of msta eval --protocol')
  const { formatVersion, request, systems, provenance } = value as Record<string, unknown>
  if (typeof formatVersion !== 'number' || formatVersion > FORMAT_VERSION)
    throw fail(`written by a newer version (format ${formatVersion}, this one reads up to ${FORMAT_VERSION})`)
  if (!isJsonObject(request) || !isJsonObject(request.data) || !isJsonObject(request.model))
    throw fail('the bundle is damaged: its request is missing or wrong')
  if (!isJsonObject(provenance)) throw fail('the bundle is damaged: its provenance is missing or wrong')
  if (!Array.isArray(systems) || systems.length === 0 || !systems.every(isSystem))
    throw fail('the bundle is damaged: its systems are missing or wrong')
  if (new Set(systems.map(({ hm }) => hm === undefined)).size > 1)
    throw fail('the bundle is damaged: some of its systems have halves, others none')
  return value as unknown as ProtocolResult
}

const isSummary = (value: unknown) =>
  isJsonObject(value) &&
  typeof value.mean === 'number' &&
  Array.isArray(value.values) &&
  (value.std === null || typeof value.std === 'number')

const isFile = (value: unknown): boolean => isJsonObject(value) && typeof value.sha256 === 'string'

const isTraining = (value: unknown): boolean =>
  value === null ||
  (isJsonObject(value) && isFile(value.list) && (value.adapter === null || isFile(value.adapter)))

const isTest = (value: unknown): boolean =>
  isJsonObject(value) && typeof value.name === 'string' && isEvaluation(value.result)

const isRun = (value: unknown): boolean =>
  isJsonObject(value) && isTraining(value.training) && Array.isArray(value.tests) && value.tests.every(isTest)

const isSystem = (value: unknown): boolean =>
  isJsonObject(value) &&
  typeof value.system === 'string' &&
  (value.shots === null || typeof value.shots === 'number') &&
  typeof value.title === 'string' &&
  isJsonObject(value.parameters) &&
  typeof value.parameters.trained === 'number' &&
  FIGURES.every(
    (figure) => isSummary(value[figure]) || (IN_HALVES.includes(figure) && value.hm === undefined),
  ) &&
  IN_HALVES.every((figure) => (value[figure] === undefined) === (value.hm === undefined)) &&
  Array.isArray(value.runs) &&
  value.runs.every(isRun)

/** What changed from one result bundle to another. */
export function compareBundles(before: ProtocolResult, after: ProtocolResult): BundleComparison {
  const [old, now] = [settingsOf(before), settingsOf(after)]
  const settings = [...new Set([...old.keys(), ...now.keys()])]
    .filter((setting) => old.get(setting) !== now.get(setting))
    .map((setting) => ({
      setting,
      before: old.get(setting) ?? 'none',
      after: now.get(setting) ?? 'none',
    }))
  const keyOf = ({ system, shots }: SystemResult) => `${system} ${shots}`
  const rows = new Map(before.systems.map((row) => [keyOf(row), row]))
  const systems = after.systems.flatMap((row) => {
    const other = rows.get(keyOf(row))
    return other ? [{ system: row.system, shots: row.shots, ...changesOf(other, row) }] : []
  })
  return {
    settings,
    isSameTask: taskOf(before) === taskOf(after),
    isSameFigures: figuresOf(before) === figuresOf(after),
    isSameAdapters: sameAdapters(before, after),
    systems,
  }
}

function changesOf(before: SystemResult, after: SystemResult): Partial<Record<Figure, AccuracyChange>> {
  const both = FIGURES.filter((figure) => before[figure] && after[figure])
  return Object.fromEntries(
    both.map((figure) => [figure, changeOf(before[figure]!.mean, after[figure]!.mean)]),
  )
}

const taskOf = ({ protocol, systems }: ProtocolResult): string =>
  JSON.stringify([
    protocol,
    systems[0]!.runs[0]?.tests.map(({ name, result }) => [
      name,
      result.list.sha256,
      result.perClass.map(({ label }) => label),
    ]),
  ])

const figuresOf = ({ systems }: ProtocolResult): string =>
  JSON.stringify(
    systems.map((row) => [
      row.system,
      row.shots,
      ...FIGURES.map((figure) => (row[figure] as Summary | undefined)?.values),
      row.runs.map(({ tests }) => tests.map(({ result }) => result.confusion)),
    ]),
  )

function sameAdapters(before: ProtocolResult, after: ProtocolResult): boolean | null {
  const [old, now] = [before, after].map(({ systems }) =>
    systems.flatMap(({ runs }) =>
      runs.flatMap(({ training }) => (training ? [training.adapter?.sha256] : [])),
    ),
  )
  if ([...old!, ...now!].includes(undefined)) return null
  return JSON.stringify(old) === JSON.stringify(now)
}

/** Everything that decides figures, flat, as text. */
function settingsOf({ request, provenance, systems }: ProtocolResult): Map<string, string> {
  const { created: _, seconds: __, ...origin } = provenance
  const recipes = Object.fromEntries(systems.map(({ system, recipe }) => [system, recipe]))
  const lists = Object.fromEntries(
    systems.flatMap(({ runs }) =>
      runs.flatMap(({ name, training, tests }) => [
        ...(training ? [[`${name} training`, training.list.sha256]] : []),
        ...tests.map(({ name: test, result }) => [test, result.list.sha256]),
      ]),
    ),
  )
  return new Map(flat('', { request, recipes, lists, ...origin }))
}
