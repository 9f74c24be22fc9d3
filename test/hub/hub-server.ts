/** A hub on this machine, with the endpoints that Hugging Face's clients use, that misbehaves as a test says. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** A repository of the hub: its files, one commit. */
export interface Repository {
  files: Record<string, Buffer>
  /** Whether only {@link TOKEN} may read its contents. */
  isGated?: boolean
  commit?: string
}

/** A request that came. */
export interface HubRequest {
  method: string
  /** Without the host. */
  url: string
  /** Which part of the hub was asked. */
  part: 'api' | 'resolve' | 'contents'
  range: string | undefined
  encoding: string | string[] | undefined
  token: string | undefined
  /** Requests of this part so far, this one included. */
  times: number
}

/** How to misbehave. */
export type Misbehaviour =
  | { status: number; headers?: Record<string, string> }
  /** Ends the connection after some bytes of the body, when they have arrived: what is on its way would be lost. */
  | { cutAfter: number; arrived?: Promise<unknown> }
  /** Says nothing more after some bytes of the body. */
  | { hangAfter: number }
  /** Ends the body early, as if it were whole. */
  | { endAfter: number }
  /** Goes on behind the end. */
  | { extra: Buffer }
  /** Sends this as the file. */
  | { instead: Buffer }
  /** Sends the whole file whatever range was asked for. */
  | { isWithoutRanges: true }
  | { pauseAfter: number; until: Promise<unknown> }

/** A running hub. */
export interface Hub {
  url: string
  requests: HubRequest[]
  contents: () => HubRequest[]
  close: () => Promise<void>
}

export const COMMIT = '0123456789abcdef0123456789abcdef01234567'
export const TOKEN = 'hf_secretOfTheTests'
/** Larger files are stored as LFS does: their etag is the SHA-256. */
const LFS_FROM = 1000

const etagOf = (bytes: Buffer): string =>
  bytes.length >= LFS_FROM
    ? createHash('sha256').update(bytes).digest('hex')
    : createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')

/** Starts a hub, and the host, of another origin, that large contents are redirected to. */
export async function startHub(
  repositories: Record<string, Repository>,
  misbehave: (request: HubRequest) => Misbehaviour | undefined = () => undefined,
): Promise<Hub> {
  const requests: HubRequest[] = []
  const note = (request: IncomingMessage, part: HubRequest['part']): HubRequest => {
    const { method = '', url = '', headers } = request
    const times = 1 + requests.filter((other) => other.part === part).length
    const token = headers.authorization?.replace('Bearer ', '')
    const noted = {
      method,
      url,
      part,
      range: headers.range,
      encoding: headers['accept-encoding'],
      token,
      times,
    }
    requests.push(noted)
    return noted
  }
  const contents = await listen((request, response) => {
    const noted = note(request, 'contents')
    const [, name, file] = /^\/(.+)\/([^/]+)$/.exec(decodeURIComponent(noted.url))!
    const bytes = repositories[name!]!.files[file!]!
    response.setHeader('etag', `"${etagOf(bytes)}"`)
    sendContents(response, bytes, noted, misbehave(noted))
  })
  const hub = await listen((request, response) => {
    const noted = note(request, request.url!.startsWith('/api/') ? 'api' : 'resolve')
    const wrong = misbehave(noted)
    if (wrong && 'status' in wrong) response.writeHead(wrong.status, wrong.headers).end('{}')
    else if (wrong && 'hangAfter' in wrong) return
    else if (wrong && 'instead' in wrong) json(response, wrong.instead.toString())
    else if (noted.part === 'api') answerApi(request, response, repositories)
    else resolveFile(response, noted, repositories, contents.url.replace('127.0.0.1', 'localhost'), wrong)
  })
  return {
    url: hub.url,
    requests,
    contents: () => requests.filter(({ part, method }) => part === 'contents' && method === 'GET'),
    close: async () => {
      await hub.close()
      await contents.close()
    },
  }
}

function answerApi(
  request: IncomingMessage,
  response: ServerResponse,
  repositories: Record<string, Repository>,
): unknown {
  const url = new URL(request.url!, 'http://hub')
  const [, name, call, revision = 'main'] =
    /^\/api\/models\/([^/]+\/[^/]+)(?:\/(revision|tree|paths-info)\/([^/]+))?/.exec(url.pathname) ?? []
  const repository = repositories[name ?? '']
  // The real hub does not tell strangers what does not exist from what is private.
  if (!repository) return refuse(response, 401, 'RepoNotFound')
  const { files, commit = COMMIT } = repository
  if (![commit, 'main', 'refs/pr/1'].includes(decodeURIComponent(revision)))
    return refuse(response, 404, 'RevisionNotFound')
  const list = Object.entries(files).map(([path, bytes]) => {
    const isLfs = bytes.length >= LFS_FROM
    const oid = etagOf(bytes)
    return {
      type: 'file',
      path,
      size: bytes.length,
      oid: isLfs ? createHash('sha1').update(oid).digest('hex') : oid,
      ...(isLfs && { lfs: { oid, size: bytes.length, pointerSize: 130 } }),
      lastCommit: { id: commit, title: '', date: '2024-01-01T00:00:00Z' },
    }
  })
  if (call === 'tree') return json(response, JSON.stringify(list))
  if (call !== 'paths-info')
    return json(
      response,
      JSON.stringify({
        _id: '1',
        id: name,
        sha: commit,
        siblings: list.map(({ path }) => ({ rfilename: path })),
      }),
    )
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  return request.on('end', () => {
    const { paths } = JSON.parse(body)
    json(response, JSON.stringify(list.filter(({ path }) => paths.includes(path))))
  })
}

function resolveFile(
  response: ServerResponse,
  noted: HubRequest,
  repositories: Record<string, Repository>,
  contents: string,
  wrong: Misbehaviour | undefined,
): unknown {
  const [, name, file] = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.+)$/.exec(decodeURIComponent(noted.url)) ?? []
  const repository = repositories[name ?? '']
  if (!repository) return refuse(response, 401, 'RepoNotFound')
  if (repository.isGated && noted.token !== TOKEN)
    return refuse(response, noted.token === undefined ? 401 : 403, 'GatedRepo')
  const bytes = repository.files[file ?? '']
  if (!bytes) return refuse(response, 404, 'EntryNotFound')
  const etag = etagOf(bytes)
  response.setHeader('x-repo-commit', repository.commit ?? COMMIT)
  response.setHeader('etag', `"${etag}"`)
  if (bytes.length < LFS_FROM) return sendContents(response, bytes, noted, wrong)
  response.setHeader('x-linked-etag', `"${etag}"`)
  response.setHeader('x-linked-size', bytes.length)
  return response.writeHead(302, { location: `${contents}/${name}/${file}` }).end()
}

function sendContents(
  response: ServerResponse,
  file: Buffer,
  { range, method }: HubRequest,
  wrong: Misbehaviour = { cutAfter: Number.POSITIVE_INFINITY },
): unknown {
  if ('status' in wrong) return response.writeHead(wrong.status, wrong.headers).end()
  const whole =
    'instead' in wrong ? wrong.instead : 'extra' in wrong ? Buffer.concat([file, wrong.extra]) : file
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? []
  const isPart = from !== undefined && !('isWithoutRanges' in wrong)
  const end = to ? Number(to) + 1 : whole.length
  if (isPart && Number(from) >= whole.length)
    return response.writeHead(416, { 'content-range': `bytes */${whole.length}` }).end()
  const body = isPart ? whole.subarray(Number(from), end) : whole
  const claimed = 'endAfter' in wrong ? Math.min(body.length, wrong.endAfter) : body.length
  if (isPart) response.setHeader('content-range', `bytes ${from}-${end - 1}/${file.length}`)
  // Without a length (chunked) only the reader can tell that there is more than there should be.
  if (!('extra' in wrong)) response.setHeader('content-length', claimed)
  response.writeHead(isPart ? 206 : 200)
  if (method === 'HEAD') return response.end()
  const stop = 'cutAfter' in wrong ? wrong.cutAfter : 'hangAfter' in wrong ? wrong.hangAfter : claimed
  if ('pauseAfter' in wrong) {
    response.write(body.subarray(0, wrong.pauseAfter))
    return wrong.until.then(() => response.end(body.subarray(wrong.pauseAfter)))
  }
  if (stop >= claimed) return response.end(body.subarray(0, claimed))
  response.write(body.subarray(0, stop))
  if (!('cutAfter' in wrong)) return undefined
  return Promise.resolve(wrong.arrived).then(() => response.destroy())
}

const refuse = (response: ServerResponse, status: number, code: string): unknown =>
  response
    .writeHead(status, { 'x-error-code': code, 'content-type': 'application/json' })
    .end(JSON.stringify({ error: code }))

const json = (response: ServerResponse, body: string): unknown =>
  response.writeHead(200, { 'content-type': 'application/json' }).end(body)

/** A server on a free port of this machine. */
export async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; server: Server; close: () => Promise<void> }> {
  const server = createServer(handle)
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
