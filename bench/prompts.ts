import type { ViClipConfig } from '../lib/models/viclip/config.js'
import type { Ids } from '../lib/tensor/shape.js'

/** Token ids of some texts, zeros behind the end token. */
export interface Prompts {
  data: Int32Array
  shape: Ids
}

/** Prompts of SOT, words, EOT: of 5 to `length` ids, one of each length among every few. */
export function madeUpPrompts({ text }: ViClipConfig, classes: number, length: number): Prompts {
  const { vocabularySize } = text
  const data = new Int32Array(classes * length)
  for (let c = 0; c < classes; c++) {
    const end = length - 1 - (c % (length - 4))
    for (let i = 1; i < end; i++) data[c * length + i] = 1 + ((c * 7919 + i * 104729) % (vocabularySize - 3))
    data[c * length] = vocabularySize - 2
    data[c * length + end] = vocabularySize - 1
  }
  return { data, shape: [classes, length] as Ids }
}

/** Ids of each text up to its end token, the greatest id. */
export function lengthsOf(rows: readonly (readonly number[])[]): number[] {
  return rows.map((row) => 1 + row.indexOf(Math.max(...row)))
}

/** As rows, cut behind the longest text's end token, as a careful caller of any library would. */
export function trimmedRows({ data, shape: [classes, length] }: Prompts): number[][] {
  const rows = Array.from({ length: classes }, (_, c) => [...data.subarray(c * length, (c + 1) * length)])
  const used = Math.max(...lengthsOf(rows))
  return rows.map((row) => row.slice(0, used))
}
