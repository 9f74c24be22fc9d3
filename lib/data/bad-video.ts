import { MstaError } from '../runtime/errors.js'

const CODES = new Set(['ERR_VIDEO', 'ERR_FILE', 'ERR_TIMEOUT'])

/** Whether an error is about one video; others (no ffmpeg, wrong arguments) would come back with every video. */
export function isAboutVideo(error: unknown): error is MstaError {
  return error instanceof MstaError && CODES.has(error.code)
}
