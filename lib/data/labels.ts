import { stat } from 'node:fs/promises'
import { CsvError, parseCsv } from './csv.js'
import { isKineticsCsv } from './kinetics-csv.js'
import { isClassIndex, parseClassIndex } from './labels/class-index.js'
import { parseIdName } from './labels/id-name.js'
import { parseKineticsLabels } from './labels/kinetics-labels.js'
import { type FailAt, labelError } from './labels/problem.js'
import { isSsv2Labels, parseSsv2Labels } from './labels/ssv2-labels.js'
import { readTextFile } from './text-file.js'

/** The classes of a data set. */
export interface Labels {
  /** Class names; the class id is the index. */
  names: string[]
  /** The file they come from; null for a list given in words. */
  file: string | null
  /** Hash of that file, hex; null for a list given in words. */
  sha256: string | null
}

const FORM =
  'Expected a CSV file with the header id,name and one line per class, ids from 0 without gaps ' +
  "(or UCF-101's classInd.txt, SSv2's labels JSON, a Kinetics CSV)."

/**
 * Reads a label file, whose form is known by its content: CSV with the header `id,name` (ids 0-based, names may be
 * quoted); UCF-101's `classInd.txt`; the labels JSON of Something-Something V2; a Kinetics CSV, whose classes are the
 * names of its column `label` in alphabetical order. LF or CRLF.
 * @throws MstaError ERR_FILE, ERR_LABELS naming file and line; the signal's reason on abort.
 */
export async function readLabels(file: string, signal?: AbortSignal): Promise<Labels> {
  const { text, sha256 } = await readTextFile(file, 'label file', signal)
  const fail: FailAt = (line, problem) => {
    throw labelError(`${file}:${line}`, `${problem} ${FORM}`)
  }
  try {
    return { names: parserFor(text)(text, fail), file, sha256 }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw labelError(`${file}:${error.line}`, `${error.message} ${FORM}`, error.cause)
  }
}

/**
 * Class names from a list in words, `a,b,c`; spaces around a name are dropped, a name with a comma is quoted.
 * @throws MstaError ERR_LABELS (empty list, empty or repeated name).
 */
export function parseLabelWords(words: string): Labels {
  const remedy = 'Give names separated by commas, such as "archery,surfing", or the path of a label file.'
  const names = recordsOfWords(words, remedy).flatMap((record) => record.map((name) => name.trim()))
  const seen = new Set<string>()
  const repeated = names.find((name) => seen.size === seen.add(name).size)
  if (names.length === 0) throw labelError('labels', `The list of class names is empty. ${remedy}`)
  if (names.includes('')) throw labelError('labels', `${JSON.stringify(words)} has an empty name. ${remedy}`)
  if (repeated !== undefined)
    throw labelError('labels', `The name ${JSON.stringify(repeated)} comes twice. ${remedy}`)
  return { names, file: null, sha256: null }
}

/**
 * Classes as a command line gives them: the path of an existing file (or anything ending in .csv), else names
 * separated by commas. @throws as {@link readLabels} and {@link parseLabelWords}.
 */
export async function resolveLabels(fileOrWords: string, signal?: AbortSignal): Promise<Labels> {
  const isFile = await stat(fileOrWords).then(
    (info) => info.isFile(),
    () => false,
  )
  if (isFile || /\.csv$/i.test(fileOrWords)) return readLabels(fileOrWords, signal)
  return parseLabelWords(fileOrWords)
}

function parserFor(text: string): (text: string, fail: FailAt) => string[] {
  if (isSsv2Labels(text)) return parseSsv2Labels
  if (isKineticsCsv(text)) return parseKineticsLabels
  if (isClassIndex(text)) return parseClassIndex
  return parseIdName
}

function recordsOfWords(words: string, remedy: string): string[][] {
  try {
    return parseCsv(words).map(({ record }) => record)
  } catch (error) {
    throw labelError('labels', `${(error as Error).message} ${remedy}`, error)
  }
}
