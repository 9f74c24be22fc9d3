import type { Ids, SequenceGroup } from '../../tensor/shape.js'

/** Token ids of some texts, [batch, length], padded behind the end token. */
export interface TokenIds {
  data: ArrayLike<number>
  shape: Ids
}

/** Texts cut behind their end tokens and laid one after another, the short ones first. */
export interface TextPacking {
  /** How many texts of each length there are, by length. */
  groups: SequenceGroup[]
  /** The ids of all texts, padded no further than the longest needs. */
  ids: { data: Int32Array; shape: Ids }
  /** Row of `ids` that each packed token comes from. */
  rows: number[]
  /** Where each text, in the order of the ids, has its place among the packed ones. */
  places: number[]
}

/**
 * Attention is causal: what follows a text's end token cannot reach it, and is left out.
 *
 * @param ids the end token is the highest id of a row, at its first occurrence
 */
export function packTexts({ data, shape: [batch, length] }: TokenIds): TextPacking {
  const lengths = Array.from({ length: batch }, (_, text) => endOfText(data, text * length, length) + 1)
  const order = lengths.map((_, text) => text).sort((a, b) => lengths[a]! - lengths[b]!)
  const groups: SequenceGroup[] = []
  const places = Array<number>(batch)
  for (const [place, text] of order.entries()) {
    places[text] = place
    const tokens = lengths[text]!
    const last = groups.at(-1)
    if (last?.tokens === tokens) last.sequences++
    else groups.push({ sequences: 1, tokens })
  }
  const longest = groups.at(-1)?.tokens ?? 0
  const trimmed = Int32Array.from({ length: batch * longest }, (_, i) => {
    return data[Math.floor(i / longest) * length + (i % longest)]!
  })
  const rows = order.flatMap((text) => Array.from({ length: lengths[text]! }, (_, i) => text * longest + i))
  return { groups, ids: { data: trimmed, shape: [batch, longest] }, rows, places }
}

function endOfText(ids: ArrayLike<number>, offset: number, length: number): number {
  let end = 0
  for (let i = 1; i < length; i++) if (ids[offset + i]! > ids[offset + end]!) end = i
  return end
}
