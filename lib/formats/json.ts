/**
 * The strings of a valid JSON text and the characters that give it its structure. Strings are not matched by a pattern:
 * one with millions of escapes would exhaust its stack.
 */
function* tokensOf(json: string): Generator<{ token: string; index: number }> {
  const start = /["{}[\]:,]/g
  for (let match = start.exec(json); match !== null; match = start.exec(json)) {
    const { index } = match
    if (match[0] === '"') start.lastIndex = endOfString(json, index)
    yield { token: json.slice(index, start.lastIndex), index }
  }
}

/** The position behind the string that begins at `start`. */
function endOfString(json: string, start: number): number {
  let at = start
  for (;;) {
    at = json.indexOf('"', at + 1)
    if (at < 0) return json.length
    let escapes = 0
    while (json[at - 1 - escapes] === '\\') escapes++
    if (escapes % 2 === 0) return at + 1
  }
}

/** How much structure a JSON text may have. */
export interface JsonLimits {
  /** Of objects and lists within each other. */
  levels: number
  /** Keys of one object. */
  keys: number
  /** Strings, brackets, commas and colons. */
  tokens: number
}

const NO_LIMITS: JsonLimits = { levels: Infinity, keys: Infinity, tokens: Infinity }
/** A fraction of a millisecond. */
const TOKENS_A_TURN = 1024

/**
 * {@link findDuplicateKey} that yields often. With limits it bounds, beforehand, for how long `JSON.parse` will take.
 * @throws SyntaxError for a text that is beyond them, and for some that are not JSON
 */
export function* scanJson(json: string, limits = NO_LIMITS): Generator<void, string | undefined> {
  const objects: (Set<string> | undefined)[] = []
  let text: string | undefined
  let tokens = 0
  const limit = (size: number, kind: keyof JsonLimits, what: string): void => {
    if (size > limits[kind]) throw new SyntaxError(`more than ${limits[kind]} ${what}`)
  }
  for (const { token } of tokensOf(json)) {
    if (++tokens % TOKENS_A_TURN === 0) yield
    limit(tokens, 'tokens', 'strings, brackets, commas and colons')
    if (token === '{') objects.push(new Set())
    else if (token === '[') objects.push(undefined)
    else if (token === '}' || token === ']') objects.pop()
    else if (token === ':') {
      const key = JSON.parse(text ?? '""') as string
      const seen = objects.at(-1)
      if (seen?.has(key)) return key
      seen?.add(key)
      limit(seen?.size ?? 0, 'keys', 'keys in one object')
    }
    limit(objects.length, 'levels', 'levels of objects and lists')
    text = token
  }
  return undefined
}

/**
 * The first key that occurs twice in one object of a valid JSON text, which `JSON.parse` would silently overwrite;
 * undefined when there is none.
 */
export function findDuplicateKey(json: string): string | undefined {
  const work = scanJson(json)
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}

/** Whether a parsed JSON value is an object, neither null nor a list. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The 1-based line on which each object directly in the list of a valid JSON text begins. */
export function lineOfElements(json: string): number[] {
  const lines: number[] = []
  let depth = 0
  let line = 1
  let counted = 0
  for (const { token, index } of tokensOf(json)) {
    if (token === '}' || token === ']') depth--
    else if (token === '{' || token === '[') {
      if (depth++ !== 1 || token !== '{') continue
      for (; counted < index; counted++) if (json[counted] === '\n') line++
      lines.push(line)
    }
  }
  return lines
}

/** The 1-based line at which `JSON.parse` gave up on a text, as far as its error tells. */
export function lineOfSyntaxError(json: string, error: unknown): number | undefined {
  const position = /position (\d+)/.exec((error as Error).message)?.[1]
  return position === undefined ? undefined : json.slice(0, Number(position)).split('\n').length
}

/** Deeper than any file of ours; what walks through a value may then recurse. */
const MOST_LEVELS = 64

/** `JSON.parse` that refuses values nested without end. @throws SyntaxError */
export function parseJson(json: string): unknown {
  const value: unknown = JSON.parse(json)
  if (isDeeperThan(MOST_LEVELS, value)) throw new SyntaxError(`nested more than ${MOST_LEVELS} levels deep`)
  return value
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner))
}
