/** Packed queries, keys and values of one sequence whose first token is the class token. */
export interface PackedSequence {
  /** [tokens, 3 * width], q | k | v. */
  qkv: ArrayLike<number>
  tokens: number
  width: number
  heads: number
}

/**
 * How much the class token takes of each token: softmax(q_cls k^T / sqrt(head dim)) of each head.
 *
 * @returns [heads, tokens], each row of sum 1
 */
export function clsAttention({ qkv, tokens, width, heads }: PackedSequence): Float64Array {
  const headDim = width / heads
  const shares = new Float64Array(heads * tokens)
  for (let head = 0; head < heads; head++) {
    const query = head * headDim
    const row = shares.subarray(head * tokens, (head + 1) * tokens)
    for (let token = 0; token < tokens; token++) {
      const key = token * 3 * width + width + query
      let dot = 0
      for (let i = 0; i < headDim; i++) dot += qkv[query + i]! * qkv[key + i]!
      row[token] = dot / Math.sqrt(headDim)
    }
    softmax(row)
  }
  return shares
}

function softmax(row: Float64Array): void {
  const largest = row.reduce((most, value) => Math.max(most, value), -Infinity)
  let sum = 0
  for (let i = 0; i < row.length; i++) {
    row[i] = Math.exp(row[i]! - largest)
    sum += row[i]!
  }
  for (let i = 0; i < row.length; i++) row[i]! /= sum
}
