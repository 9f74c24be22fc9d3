import { findDuplicateKey, isJsonObject, lineOfSyntaxError, parseJson } from '../../formats/json.js'
import { type FailAt, inOrder } from './problem.js'

/** Whether a text is a JSON object, as the label file of Something-Something V2 is. */
export function isSsv2Labels(text: string): boolean {
  return text.trimStart().startsWith('{')
}

/** The names of the label file of Something-Something V2: `{"Approaching something": "0", ...}`. */
export function parseSsv2Labels(text: string, fail: FailAt): string[] {
  let value: unknown
  try {
    value = parseJson(text)
  } catch (error) {
    return fail(lineOfSyntaxError(text, error) ?? 1, `It is not valid JSON (${(error as Error).message}).`)
  }
  if (!isJsonObject(value) || Object.keys(value).length === 0) return fail(1, 'It lists no class.')
  const twice = findDuplicateKey(text)
  if (twice !== undefined) fail(lineOf(text, twice), `The name ${JSON.stringify(twice)} comes twice.`)
  const classes = Object.entries(value).map(([name, id]) => {
    if (!/^\d+$/.test(String(id)))
      fail(lineOf(text, name), `The id ${JSON.stringify(id)} is not a whole number from 0.`)
    return {
      id: Number(id),
      name,
      // Looked for only where it is told: the text is read anew for each.
      get line() {
        return lineOf(text, name)
      },
    }
  })
  return inOrder(classes, 0, fail)
}

/** The line on which a key last stands; 1 where it is written with escapes. */
function lineOf(text: string, key: string): number {
  const at = text.lastIndexOf(JSON.stringify(key))
  return at < 0 ? 1 : text.slice(0, at).split('\n').length
}
