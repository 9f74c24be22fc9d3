/** Machine-readable reasons an operation can fail. Aborted calls reject with the signal's own reason instead. */
export type MstaErrorCode =
  | 'ERR_ARGUMENT'
  | 'ERR_SHAPE'
  | 'ERR_DTYPE'
  | 'ERR_DISPOSED'
  | 'ERR_DEVICE'
  | 'ERR_OUT_OF_MEMORY'
  | 'ERR_NATIVE'
  | 'ERR_LOAD'
  | 'ERR_FILE'
  | 'ERR_FORMAT'
  | 'ERR_CHECKPOINT'
  | 'ERR_LIST'
  | 'ERR_LABELS'
  | 'ERR_VIDEO'
  | 'ERR_TIMEOUT'
  | 'ERR_FFMPEG'
  | 'ERR_TRAIN'
  | 'ERR_SERVICE'

/** What an {@link MstaError} can carry besides its code and message. */
export interface MstaErrorDetails {
  /** Name of the kernel or operation that failed. */
  op?: string
  /** Shapes of the operands, outermost dimension first. */
  shapes?: Record<string, readonly number[]>
  /** The file (or list line, `file:line`) at fault. */
  file?: string
  cause?: unknown
}

/** Every error this library raises on purpose: `code` for programs, `message` for people. */
export class MstaError extends Error {
  override readonly name = 'MstaError'
  readonly code: MstaErrorCode
  readonly op?: string
  readonly shapes?: Record<string, readonly number[]>
  readonly file?: string

  constructor(code: MstaErrorCode, message: string, details: MstaErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    if (details.op !== undefined) this.op = details.op
    if (details.shapes !== undefined) this.shapes = details.shapes
    if (details.file !== undefined) this.file = details.file
  }
}
