import { isJsonObject, lineOfElements, lineOfSyntaxError, parseJson } from '../../formats/json.js'
import { type ListSource, listError, type RawEntry } from './entry.js'

const FORM = 'Expected a list of {"id": "78687", "template": "Holding [something] next to [something]", ...}.'

/** Whether a text is a JSON list of objects, as the lists of Something-Something V2 are. */
export function isSsv2List({ text }: ListSource): boolean {
  return /^\s*\[\s*[{\]]/.test(text)
}

/** Something-Something V2: `id` names the file, `template` with its brackets taken off the class. */
export function parseSsv2({ file, text }: ListSource): RawEntry[] {
  const videos = parseVideos(file, text)
  const lines = lineOfElements(text)
  return videos.map((video, i) => {
    const line = lines[i] ?? 1
    const place = `${file}:${line}`
    const { id, template } = isJsonObject(video) ? video : {}
    if ((typeof id !== 'string' && typeof id !== 'number') || id === '')
      throw listError(place, `Video ${i} has no id. ${FORM}`)
    if (typeof template !== 'string' || template.trim() === '')
      throw listError(place, `Video ${id} has no template (the test set has no labels). ${FORM}`)
    const className = template.replace(/[[\]]/g, '').trim()
    return { path: String(id), stems: [String(id)], className, line, place }
  })
}

function parseVideos(file: string, text: string): unknown[] {
  try {
    return parseJson(text) as unknown[]
  } catch (error) {
    const { message } = error as Error
    const line = lineOfSyntaxError(text, error)
    throw listError(
      line === undefined ? file : `${file}:${line}`,
      `It is not valid JSON (${message}). ${FORM}`,
    )
  }
}
