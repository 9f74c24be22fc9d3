import { MstaError, type MstaErrorCode } from '../runtime/errors.js'

/** A request that is not served, with the status that says so. */
export class Refusal extends MstaError {
  constructor(
    readonly status: number,
    message: string,
    code: MstaErrorCode = 'ERR_ARGUMENT',
  ) {
    super(code, message)
  }
}

const STATUS: Partial<Record<MstaErrorCode, number>> = {
  ERR_ARGUMENT: 400,
  ERR_LABELS: 400,
  ERR_LIST: 409,
  ERR_VIDEO: 422,
  ERR_TIMEOUT: 422,
}

/** The HTTP status for an error. */
export function statusOf(error: unknown): number {
  if (error instanceof Refusal) return error.status
  return (error instanceof MstaError ? STATUS[error.code] : undefined) ?? 500
}
