import { CsvError } from '../csv.js'
import { type KineticsCsv, parseKineticsCsv } from '../kinetics-csv.js'
import { type ListSource, listError, type RawEntry } from './entry.js'

/**
 * Kinetics CSV: `label,youtube_id,time_start,time_end,split`. A video is called `<id>_<start>_<end>` with six digits
 * each, as the usual downloaders do, or by its id alone.
 */
export function parseKinetics(source: ListSource): RawEntry[] {
  const { column, rows } = readCsv(source)
  const { file, part } = source
  const id = column('youtube_id')
  const label = column('label')
  const split = column('split')
  const [start, end] = [column('time_start'), column('time_end')]
  if (id === undefined || label === undefined)
    throw listError(
      `${file}:1`,
      'The CSV has no column "label", and a video without a class is of no use here. Take a labelled split.',
    )
  const chosen = part === undefined ? rows : rows.filter(({ record }) => split && record[split] === part)
  if (chosen.length === 0 && part !== undefined) {
    const parts = [...new Set(rows.map(({ record }) => (split ? record[split] : '')))].filter(Boolean)
    throw listError(file, `It has no split ${JSON.stringify(part)}; there is ${parts.join(', ') || 'none'}.`)
  }
  return chosen.map(({ record, line }) => {
    const place = `${file}:${line}`
    const [youtubeId, className] = [record[id], record[label]]
    if (!youtubeId) throw listError(place, 'The youtube_id is empty.')
    if (!className) throw listError(place, 'The label is empty.')
    const times = [start, end].map((at) => (at === undefined ? '' : sixDigits(record[at], place)))
    const stems = times.includes('') ? [youtubeId] : [`${youtubeId}_${times.join('_')}`, youtubeId]
    return { path: stems[0]!, stems, className, line, place }
  })
}

function readCsv({ file, text }: ListSource): KineticsCsv {
  try {
    return parseKineticsCsv(text)
  } catch (error) {
    if (error instanceof CsvError) throw listError(`${file}:${error.line}`, `${error.message}.`)
    throw error
  }
}

/** Seconds as in a file name, `000012`; '' where the CSV has none. */
function sixDigits(field: string | undefined, place: string): string {
  if (field === undefined || field === '') return ''
  const seconds = Number(field)
  if (!(seconds >= 0)) throw listError(place, `The time ${JSON.stringify(field)} is not a number from 0.`)
  return String(Math.trunc(seconds)).padStart(6, '0')
}
