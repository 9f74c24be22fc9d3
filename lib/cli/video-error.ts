import type { Output } from './output.js'

/** What went wrong with one video, as `--json` tells it. */
export interface VideoError {
  code: string
  message: string
}

/** An error of the library as `--json` tells it. */
export function toVideoError({ code = 'ERR_UNKNOWN', message }: Error & { code?: string }): VideoError {
  return { code, message }
}

/** Tells people about an error that does not end the command. */
export function logVideoError({ code, message }: Error & { code?: string }, output: Output): void {
  output.log(`error: ${message}${code ? ` (${code})` : ''}`)
}
