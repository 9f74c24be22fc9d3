import { isTracked, record } from '../record.js'
import { type SequenceGroup, shapeError, type Tokens } from '../shape.js'
import { Tensor } from '../tensor.js'

/** Options of {@link attention}. */
export interface AttentionOptions {
  heads: number
  /** Token i attends to tokens 0..i only. */
  causal?: boolean
  /** Compute only the first token's output (CLS), from the keys and values of all. */
  firstQueryOnly?: boolean
  /** The sequences in the rows of qkv, where they differ in length; those of its shape unless given. */
  groups?: readonly SequenceGroup[] | undefined
}

/**
 * Multi-head attention of each sequence to itself, softmax(q k^T / sqrt(head dim)) v; never materialises an N x N
 * matrix.
 *
 * @param qkv [batch, tokens, 3 * width], q | k | v
 * @returns [batch, tokens, width], or [sequences, 1, width] with `firstQueryOnly`
 * @throws MstaError ERR_SHAPE
 */
export function attention(
  qkv: Tensor<Tokens>,
  { heads, causal, firstQueryOnly, groups }: AttentionOptions,
): Tensor<Tokens> {
  const [batch, tokens, packed] = qkv.shape
  if (qkv.shape.length !== 3 || packed % (3 * heads) !== 0)
    throw shapeError(
      'attention',
      `expected qkv [batch, tokens, 3 * width], width divisible by ${heads} heads`,
      {
        qkv: qkv.shape,
      },
    )
  const { device } = qkv
  const width = packed / 3
  const calls = placed(groups ?? [{ sequences: batch, tokens }], firstQueryOnly ?? false)
  const rows = calls.reduce((sum, call) => sum + call.sequences * call.tokens, 0)
  if (rows !== batch * tokens)
    throw shapeError('attention', `expected qkv of the ${rows} tokens of its groups`, { qkv: qkv.shape })
  const sequences = calls.reduce((sum, call) => sum + call.sequences, 0)
  const outShape = firstQueryOnly ? [sequences, Math.min(1, tokens), width] : [batch, tokens, width]
  const out = Tensor.empty(device, outShape as unknown as Tokens, qkv.dtype)
  const logsumexp = isTracked(qkv) ? Tensor.empty(device, [heads, outShape[0]! * outShape[1]!]) : null
  const flags = [causal ? 1 : 0, firstQueryOnly ? 1 : 0]
  const numbers = (call: Call) => [call.sequences, call.tokens, heads, width / heads, ...flags]
  for (const call of calls)
    device.launch(
      'attention_forward',
      {
        qkv: ofTokens(qkv, call),
        out: ofQueries(out, call, width),
        logsumexp: logsumexp && ofQueries(logsumexp, call, heads),
      },
      numbers(call),
    )
  record('attention', [qkv], [out], { qkv, out, logsumexp }, (saved, [grad]) => {
    const gradQkv = Tensor.empty(device, qkv.shape, qkv.dtype)
    for (const call of calls)
      device.launch(
        'attention_backward',
        {
          grad: ofQueries(grad!, call, width),
          qkv: ofTokens(saved.qkv, call),
          out: ofQueries(saved.out, call, width),
          logsumexp: ofQueries(saved.logsumexp!, call, heads),
          gradQkv: ofTokens(gradQkv, call),
        },
        numbers(call),
      )
    return [gradQkv]
  })
  logsumexp?.dispose()
  return out
}

/** One call of the kernel: a group, and where its rows lie. */
interface Call extends SequenceGroup {
  /** Of each sequence. */
  queries: number
  firstToken: number
  firstQuery: number
}

function placed(groups: readonly SequenceGroup[], firstQueryOnly: boolean): Call[] {
  let [firstToken, firstQuery] = [0, 0]
  return groups.map(({ sequences, tokens }) => {
    const queries = firstQueryOnly ? Math.min(1, tokens) : tokens
    const call = { sequences, tokens, queries, firstToken, firstQuery }
    firstToken += sequences * tokens
    firstQuery += sequences * queries
    return call
  })
}

/** A call's rows of qkv or its gradient. */
function ofTokens(x: Tensor<Tokens>, { sequences, tokens, firstToken }: Call) {
  const [, , width] = x.shape
  return x.part(firstToken * width, [sequences, tokens, width])
}

/** A call's share of what has `values` numbers for each query. */
function ofQueries(x: Tensor, { sequences, queries, firstQuery }: Call, values: number) {
  return x.part(firstQuery * values, [sequences, queries, values])
}
