import { appendFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { FaultName } from '../reliability/faults.js'

/** Names the file that {@link observe} writes to. */
export const SINK = 'MSTA_OBSERVATIONS'

/** What happened, in words; or how often, by what: figures of the same words are added up. */
export type What = string | Readonly<Record<string, number>>

/** What a test has seen of a fault. */
export interface Observation {
  fault: FaultName
  what: What
}

/**
 * Tells `npm run reliability` what a test has seen; does nothing in other runs. To be called with what was measured,
 * after the assertions on it: the table says what it is told.
 */
export function observe(fault: FaultName, what: What): void {
  const sink = process.env[SINK]
  if (sink) appendFileSync(sink, `${JSON.stringify({ fault, what } satisfies Observation)}\n`)
}

const MOST_CHARACTERS = 160

/** A typed error, or the line of the program that tells one, in quotes: without the folders of this machine, and not all of a long one. */
export function quote(error: unknown): string {
  const text = typeof error === 'string' ? lineOfError(error) : messageOf(error as Error & { code?: string })
  const bare = text
    .replaceAll(new RegExp(`${tmpdir()}/[^/\\s]+/`, 'g'), '')
    .replaceAll(`${path.resolve('.')}/`, '')
  return `"${bare.length > MOST_CHARACTERS ? `${bare.slice(0, MOST_CHARACTERS)}...` : bare}"`
}

const messageOf = ({ code, message }: Error & { code?: string }) => (code ? `${code}: ${message}` : message)

const lineOfError = (stderr: string): string =>
  stderr.split('\n').find((line) => /^(error|warning): /.test(line)) ?? stderr.trim()
