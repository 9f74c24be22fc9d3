/** Pulling through a proxy, which here only tunnels (CONNECT), as proxies do for https. */
import { connect, type Socket } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readSettings } from '../../lib/hub/settings.js'
import { hasCode, rejection } from '../support/errors.js'
import { makeFolder } from '../video/helpers.js'
import { listen, startHub } from './hub-server.js'
import { pullFrom, REPOSITORY, settingsFor, someBytes } from './pulling.js'

const proxying = suite('pull: proxies')
const { folder, remove } = makeFolder()
const hub = await startHub({ [REPOSITORY]: { files: { 'model.safetensors': someBytes(50_000) } } })
const tunnels: string[] = []
let refusal: string | undefined
const proxy = await listen((_, response) => response.writeHead(400).end())
const sockets: Socket[] = []
proxy.server.on('connect', ({ url = '' }, client: Socket) => {
  tunnels.push(url)
  if (refusal !== undefined) return client.end(`HTTP/1.1 ${refusal}\r\n\r\n`)
  const { hostname, port } = new URL(`http://${url}`)
  const upstream = connect(Number(port), hostname, () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    client.pipe(upstream).pipe(client)
  })
  for (const socket of [upstream, client]) socket.on('error', () => {})
  return sockets.push(upstream)
})

proxying.before.each(() => {
  tunnels.length = 0
  refusal = undefined
})
proxying.after(async () => {
  for (const socket of sockets) socket.destroy()
  await proxy.close()
  await hub.close()
  remove()
})

let count = 0
/** Settings as the environment gives them, for a new cache. */
const fromEnvironment = async (env: Record<string, string>) => ({
  ...settingsFor(hub.url, `${folder}/cache-${count++}`),
  proxies: (await readSettings({ HF_HOME: folder, ...env })).proxies,
})

proxying('everything goes through it, also what the hub redirects to', async () => {
  await pullFrom(await fromEnvironment({ HTTP_PROXY: proxy.url }))
  const hosts = new Set(tunnels.map((tunnel) => tunnel.split(':')[0]))
  assert.equal([...hosts].sort(), ['127.0.0.1', 'localhost'])
})

proxying('NO_PROXY and proxies of other schemes leave it out', async () => {
  const environments: Record<string, string>[] = [
    { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1,localhost' },
    { http_proxy: proxy.url, no_proxy: '*' },
    { HTTPS_PROXY: proxy.url },
    {},
  ]
  for (const env of environments) await pullFrom(await fromEnvironment(env))
  assert.equal(tunnels, [])
  // What is set in this process counts only through the settings.
  process.env.HTTP_PROXY = proxy.url
  await pullFrom(await fromEnvironment({ HTTPS_PROXY: proxy.url }))
  delete process.env.HTTP_PROXY
  assert.equal(tunnels, [])
})

proxying('a proxy that refuses, or is not there, is named as the cause', async () => {
  const settings = await fromEnvironment({ HTTP_PROXY: proxy.url })
  refusal = '407 Proxy Authentication Required'
  assert.ok(
    hasCode('ERR_SERVICE', 'proxy refuses', '407', 'HTTPS_PROXY')(await rejection(pullFrom(settings))),
  )
  assert.is(tunnels.length, 1)
  const gone = await fromEnvironment({ HTTP_PROXY: 'http://127.0.0.1:9' })
  assert.ok(hasCode('ERR_SERVICE', 'cannot be reached')(await rejection(pullFrom(gone))))
})

proxying.run()
