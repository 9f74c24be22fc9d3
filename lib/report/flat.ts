import { isJsonObject } from '../formats/json.js'

/** The values of nested objects by the paths of their keys, as JSON; those without a value are left out. */
export function flat(path: string, value: unknown): [path: string, json: string][] {
  if (!isJsonObject(value)) return value === undefined ? [] : [[path, JSON.stringify(value)]]
  return Object.entries(value).flatMap(([key, inner]) => flat(path === '' ? key : `${path}.${key}`, inner))
}
