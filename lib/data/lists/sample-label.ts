import { isJsonObject, parseJson } from '../../formats/json.js'
import { listError, type RawEntry } from './entry.js'

/** The class of a sample: a number from 0, or a name. */
export type SampleLabel = Pick<RawEntry, 'label'> | Pick<RawEntry, 'className'>

/**
 * The label in a member of a WebDataset sample.
 * @param kind `cls`, `json` or `txt`. @param place named in the error.
 * @returns undefined for JSON that holds other things. @throws MstaError ERR_LIST.
 */
export function parseSampleLabel(kind: string, text: string, place: string): SampleLabel | undefined {
  const word = text.trim()
  if (kind === 'json') return ofJson(word, place)
  if (/^\d+$/.test(word)) return { label: Number(word) }
  if (kind === 'cls') throw listError(place, `${shown(word)} is not a whole number from 0.`)
  if (word === '' || /[\r\n]/.test(word)) throw listError(place, `${shown(word)} is not the name of a class.`)
  return { className: word }
}

function ofJson(text: string, place: string): SampleLabel | undefined {
  const value = parseSample(text, place)
  const label = isJsonObject(value) ? value.label : value
  if (label === undefined) return undefined
  if (typeof label === 'string' && label.trim() !== '') return { className: label.trim() }
  if (typeof label === 'number' && Number.isSafeInteger(label) && label >= 0) return { label }
  throw listError(
    place,
    `The label ${shown(JSON.stringify(label))} is neither a number from 0 nor a class name.`,
  )
}

function parseSample(text: string, place: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    throw listError(place, `It is not valid JSON (${(error as Error).message}).`)
  }
}

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text)
