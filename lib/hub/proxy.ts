import { MstaError } from '../runtime/errors.js'
import type { Proxies } from './settings.js'

/**
 * Node's `fetch`, or, where there are proxies, one that goes through them: Node's own ignores them unless it is told
 * on its command line. @throws MstaError ERR_LOAD without the optional package undici
 */
export async function fetchThrough(proxies: Proxies | undefined): Promise<typeof fetch> {
  if (!proxies) return fetch
  const undici = await import('undici').catch((cause) => {
    const remedy = 'It is an optional package, for proxies (HTTPS_PROXY, HTTP_PROXY): npm install undici'
    throw new MstaError('ERR_LOAD', `The package "undici" cannot be loaded. ${remedy}`, { cause })
  })
  const { http, https, none } = proxies
  const dispatcher = new undici.EnvHttpProxyAgent({
    // '' and not undefined, for which it would read the environment itself.
    httpProxy: http ?? '',
    httpsProxy: https ?? '',
    noProxy: none ?? '',
  })
  const throughProxies = (url: string, init: object) => undici.fetch(url, { ...init, dispatcher })
  return throughProxies as unknown as typeof fetch
}
