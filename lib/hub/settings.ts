/** What the environment says about the hub: the variables of Hugging Face's own clients. */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { MstaError } from '../runtime/errors.js'

/** How to reach the hub, and where its files are kept. */
export interface HubSettings {
  /** Without a slash at the end. */
  endpoint: string
  /** Folder of the cache, shared with Hugging Face's clients of other languages. */
  cache: string
  isOffline: boolean
  token: string | undefined
  /** Longest silence of the hub, in milliseconds. */
  timeoutMs: number
  proxies: Proxies | undefined
}

/** Proxies by the scheme of what is asked for, and the hosts that are asked without. */
export interface Proxies {
  http: string | undefined
  https: string | undefined
  none: string | undefined
}

type Environment = Record<string, string | undefined>

const OFFICIAL = 'https://huggingface.co'
const DEFAULT_TIMEOUT_S = 30

/**
 * Reads the settings. An empty variable counts as none.
 * @throws MstaError ERR_ARGUMENT for a variable that makes no sense; ERR_FILE for a token file that cannot be read
 */
export async function readSettings(env: Environment = process.env): Promise<HubSettings> {
  const home = folder(env.HF_HOME) ?? path.join(folder(env.XDG_CACHE_HOME) ?? '~/.cache', 'huggingface')
  return {
    endpoint: readEndpoint(env.HF_ENDPOINT || OFFICIAL),
    cache: withHome(folder(env.HF_HUB_CACHE) ?? folder(env.HUGGINGFACE_HUB_CACHE) ?? path.join(home, 'hub')),
    isOffline: isTrue(env.HF_HUB_OFFLINE || env.TRANSFORMERS_OFFLINE),
    token: await readToken(env, withHome(env.HF_TOKEN_PATH || path.join(home, 'token'))),
    timeoutMs: readTimeout(env.HF_HUB_DOWNLOAD_TIMEOUT),
    proxies: readProxies(env),
  }
}

const folder = (value: string | undefined): string | undefined => value || undefined
const withHome = (file: string): string => path.resolve(file.replace(/^~(?=$|[\\/])/, () => homedir()))
const isTrue = (value: string | undefined): boolean => /^(1|on|yes|true)$/i.test(value ?? '')

function readEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password)
    throw new MstaError('ERR_ARGUMENT', `HF_ENDPOINT must be like ${OFFICIAL}, without user and password.`)
  return text.replace(/\/+$/, '')
}

async function readToken(env: Environment, file: string): Promise<string | undefined> {
  const [origin, text] = env.HF_TOKEN
    ? ['HF_TOKEN', env.HF_TOKEN]
    : [file, isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN) ? '' : await readIfThere(file)]
  const token = text.trim()
  if (/[^\x21-\x7e]/.test(token))
    throw new MstaError('ERR_ARGUMENT', `${origin} holds no access token: it is one word, such as hf_...`)
  return token || undefined
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return ''
    throw new MstaError('ERR_FILE', `${file}: cannot read the access token (${message})`, { file, cause })
  }
}

function readTimeout(text: string | undefined): number {
  const seconds = Number(text || DEFAULT_TIMEOUT_S)
  if (seconds > 0 && seconds <= 86_400) return 1000 * seconds
  throw new MstaError('ERR_ARGUMENT', `HF_HUB_DOWNLOAD_TIMEOUT must be seconds above 0, not "${text}".`)
}

function readProxies(env: Environment): Proxies | undefined {
  const http = env.http_proxy || env.HTTP_PROXY || undefined
  const https = env.https_proxy || env.HTTPS_PROXY || undefined
  if (http === undefined && https === undefined) return undefined
  for (const proxy of [http, https])
    if (proxy !== undefined && !(URL.canParse(proxy) && /^https?:$/.test(new URL(proxy).protocol)))
      throw new MstaError('ERR_ARGUMENT', 'HTTPS_PROXY and HTTP_PROXY must be like http://host:port.')
  return { http, https, none: env.no_proxy || env.NO_PROXY || undefined }
}
