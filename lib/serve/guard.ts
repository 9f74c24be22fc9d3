import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { Refusal } from './refusal.js'

/** What every answer says: nothing is loaded from elsewhere, run from a text, framed, or guessed. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; media-src blob:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(self), microphone=(), geolocation=()',
  'Cache-Control': 'no-store',
}

/** Whether an address is of this machine alone. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

function nameIn(authority: string): string | undefined {
  try {
    return new URL(`http://${authority}`).hostname.replace(/^\[(.*)\]$/, '$1')
  } catch {
    return undefined
  }
}

/**
 * Refuses what other sites have a browser send: requests under a name that is not this server's (a foreign name that
 * was made to point here), and requests of pages that are not its own.
 * @param listening the address that the server was told to listen on
 * @throws Refusal 403
 */
export function checkSender(headers: IncomingHttpHeaders, listening: string): void {
  const { host = '', origin } = headers
  const name = nameIn(host)
  const isOwn =
    name !== undefined &&
    (isLoopback(name) ||
      name === listening ||
      // An address cannot be made to point elsewhere, and only those who know the machine know its name.
      (!isLoopback(listening) && (isIP(name) !== 0 || name === hostname().toLowerCase())))
  if (!isOwn)
    throw new Refusal(403, `This server is not ${JSON.stringify(host)}. Open it by its own address.`)
  const site = headers['sec-fetch-site']
  const isForeign =
    (origin !== undefined && !isSameOrigin(origin, host)) ||
    (site !== undefined && !OWN_SITE.has(String(site)))
  if (isForeign) throw new Refusal(403, 'The request comes from a page of another site.')
}

const OWN_SITE = new Set(['same-origin', 'none'])

function isSameOrigin(origin: string, host: string): boolean {
  try {
    const { protocol, host: own } = new URL(origin)
    return ['http:', 'https:'].includes(protocol) && own === new URL(`${protocol}//${host}`).host
  } catch {
    return false
  }
}
