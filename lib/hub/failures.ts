/** Why the hub did not give something, sorted by whether asking again helps. */
import { MstaError } from '../runtime/errors.js'
import { ServiceError, waitOf } from '../text/describe/service.js'

/** What was asked for, for the messages. */
export interface Question {
  endpoint: string
  repository: string
  revision: string
  /** Whether an access token went along. */
  hasToken: boolean
}

const SIGN_IN = 'set HF_TOKEN to an access token that may read it'
const LONGEST_MESSAGE = 300

/** What an answer other than the one asked for means. */
export function statusFailure(response: Response, question: Question): ServiceError | MstaError {
  const { endpoint, repository, revision, hasToken } = question
  const { status, headers } = response
  const code = headers.get('x-error-code')
  const fail = (message: string) => new MstaError('ERR_SERVICE', message)
  if (code === 'GatedRepo') {
    const remedy = hasToken
      ? 'the access token (HF_TOKEN) is of an account that has not got access yet'
      : `then ${SIGN_IN}`
    return fail(
      `${repository} is gated (${status}): ask for access at ${endpoint}/${repository} in a browser; ${remedy}.`,
    )
  }
  if (code === 'RevisionNotFound')
    return fail(`${repository} has no revision "${revision}": name a branch, a tag or a whole commit.`)
  if (status === 401 || status === 403)
    return fail(
      hasToken
        ? `${endpoint} does not let the access token (HF_TOKEN) read ${repository} (${status}): check the name and the token.`
        : `${repository} does not exist on ${endpoint}, or is private (${status}): check the name, or ${SIGN_IN}.`,
    )
  if (status === 404)
    return fail(
      `${repository} (${revision}) is not on ${endpoint}, nor a file or folder here: check the name, or, if it is private, ${SIGN_IN}.`,
    )
  const isPassing = status === 408 || status === 425 || status === 429 || status >= 500
  const text = plain(headers.get('x-error-message') ?? response.statusText)
  const message = `${endpoint} answered ${status}${text && ` (${text})`}`
  return new ServiceError(message, isPassing ? 'retry' : 'stop', waitOf(headers))
}

/** What kept an answer from coming, or from being read. Whatever is no failure of the network is thrown on. */
export function networkFailure(error: unknown, endpoint: string): ServiceError {
  if (error instanceof ServiceError || error instanceof MstaError) throw error
  if (error instanceof SyntaxError) return new ServiceError(`${endpoint} sent damaged JSON`, 'retry')
  // As fetch has it: a TypeError, whose innermost cause tells most.
  if (!(error instanceof TypeError)) throw error
  let cause = error as Error & { code?: string }
  while (cause.cause instanceof Error) cause = cause.cause
  const { code = '', message } = cause
  const reason = plain(message || code || error.message)
  if (/^(CERT_|ERR_TLS_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/.test(code))
    return new ServiceError(
      `the certificate of ${endpoint} is not accepted (${reason}); NODE_EXTRA_CA_CERTS names others to trust`,
      'stop',
    )
  if (/redirect/.test(message)) return new ServiceError(`${endpoint} redirects without end`, 'stop')
  if (/Proxy response \(4/.test(message))
    return new ServiceError(`the proxy refuses (${reason}): check HTTPS_PROXY and NO_PROXY`, 'stop')
  if (cause === error || error.message === 'terminated')
    return new ServiceError(`the connection to ${endpoint} was cut (${reason})`, 'retry')
  return new ServiceError(`${endpoint} cannot be reached (${reason})`, 'reconnect')
}

const plain = (text: string): string => text.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, LONGEST_MESSAGE)
