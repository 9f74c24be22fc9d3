/** The server as programs meet it, well-meaning and other ones. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import type { ClientRequest } from 'node:http'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { initFolderDataset, type ServeHandle, serve, ViCLIP } from '../../lib/index.js'
import { hasCode, rejection } from '../support/errors.js'
import { makeFolder } from '../video/helpers.js'
import { errorOf, linesOf, type Sent, send, stateOf, statesUntil } from './client.js'

const test = suite('serve')
const { folder, remove } = makeFolder()
const data = path.join(folder, 'actions')
const out = path.join(folder, 'actions-run')
const QUESTION = '/api/classify?label=growing+while+moving+left&label=blinking+while+moving+up&window=1'
const MOST_BYTES = 50_000
let model: ViCLIP
let server: ServeHandle
let url = ''
let clip: Buffer
const errors: Error[] = []

test.before(async () => {
  await initFolderDataset(data, { example: true })
  clip = readFileSync(path.join(data, 'clip-to-try.mp4'))
  model = await ViCLIP.load('msta-tiny', { device: 'cpu' })
  server = await serve({
    ...{ model, data, out, uploadBytes: MOST_BYTES, changes: ['epochs=6'] },
    onError: (error) => errors.push(error),
  })
  url = server.url
})
test.after(async () => {
  await server.close()
  model.dispose()
  remove()
})
test.after.each(() => assert.equal(errors, []))

const post = (path: string, body: Sent['body'], more: Sent = {}) =>
  send(url, path, { method: 'POST', body: body!, ...more })
/** Nothing that was received stays, whatever came of it. */
const incoming = () =>
  readdirSync(data)
    .filter((name) => name.startsWith('.'))
    .flatMap((name) => readdirSync(path.join(data, name)))
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}

test('it listens for this machine only, and says what its page may do', async () => {
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/)
  const page = await send(url, '/')
  assert.is(page.status, 200)
  assert.match(page.text, '<!doctype html>')
  for (const answer of [
    page,
    await send(url, '/page.js'),
    await send(url, '/api/state'),
    await send(url, '/nothing'),
  ]) {
    const policy = String(answer.headers['content-security-policy'])
    for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"])
      assert.match(policy, part)
    assert.not.match(policy, 'unsafe')
    assert.is(answer.headers['x-content-type-options'], 'nosniff')
    assert.is(answer.headers['access-control-allow-origin'], undefined)
  }
})

test('other names and the pages of other sites are refused', async () => {
  const { host } = new URL(url)
  const of = async (headers: Record<string, string>) => (await send(url, '/api/state', { headers })).status
  for (const name of [
    'evil.example',
    `evil.example:${new URL(url).port}`,
    '127.0.0.1.evil.example',
    'localhost@evil',
  ])
    assert.is(await of({ Host: name }), 403, name)
  for (const name of [host, 'localhost:1234', '[::1]:80', '127.0.0.1'])
    assert.is(await of({ Host: name }), 200, name)
  const foreign = [
    'http://evil.example',
    'null',
    'http://localhost:1',
    'file://',
    `ftp://${host}`,
    'nonsense',
  ]
  for (const Origin of foreign) assert.is(await of({ Host: host, Origin }), 403, Origin)
  assert.is(await of({ Host: host, Origin: `http://${host}` }), 200)
  for (const site of ['cross-site', 'same-site'])
    assert.is(await of({ Host: host, 'Sec-Fetch-Site': site }), 403, site)
  const clips = readdirSync(path.join(data, 'growing while moving left')).length
  const added = await post('/api/clips?class=growing+while+moving+left', clip, {
    headers: { Origin: 'http://evil.example' },
  })
  assert.is(added.status, 403)
  const began = await post('/api/training', '', { headers: { Origin: 'http://evil.example' } })
  assert.is(began.status, 403)
  assert.is((await stateOf(url)).training.state, 'idle')
  assert.is(readdirSync(path.join(data, 'growing while moving left')).length, clips)
})

test('there is nothing but the page and its calls', async () => {
  const paths = [
    '/package.json',
    '/../package.json',
    '/../../../../etc/passwd',
    '/%2e%2e/%2e%2e/package.json',
    '/page.js/..%2f',
  ]
  const more = [
    '/..\\package.json',
    '//etc/passwd',
    '/index.html',
    '/constructor',
    '/__proto__',
    '/api',
    '/api/',
    '/api/clips/x',
  ]
  for (const each of [...paths, ...more]) {
    const answer = await send(url, each)
    assert.is(answer.status, 404, each)
    assert.not.match(answer.text, 'msta-native')
  }
  assert.is((await send(url, 'http://[')).status, 400)
  for (const [method, path] of [
    ['PUT', '/'],
    ['GET', '/api/clips'],
    ['DELETE', '/api/state'],
    ['OPTIONS', '/api/clips'],
  ]) {
    const answer = await send(url, path!, { method: method! })
    assert.is(answer.status, 405, `${method} ${path}`)
    assert.ok(answer.headers.allow)
  }
})

test('a clip is recognised: first as a whole, then over time', async () => {
  const answer = await post(QUESTION, clip)
  assert.is(answer.status, 200)
  const [overall, ...rest] = linesOf(answer)
  const names = ['growing while moving left', 'blinking while moving up']
  const { predictions } = await model.classify(path.join(data, 'clip-to-try.mp4'), names)
  assert.equal(overall, { overall: predictions })
  assert.equal(rest.pop(), { done: true })
  const windows = rest.map(({ window }) => window as { start: number; end: number })
  assert.equal(
    windows.map(({ start, end }) => [start, end]),
    [
      [0, 1],
      [0.5, 1.5],
      [1, 2],
    ],
  )
  assert.equal(incoming(), [])
})

test('what is no video, too large, or asked wrongly is refused, and nothing of it stays', async () => {
  const refused = async (
    answer: Awaited<ReturnType<typeof send>>,
    status: number,
    code: string,
    part = '',
  ) => {
    assert.is(answer.status, status, answer.text)
    const error = errorOf(answer)
    assert.is(error.code, code)
    assert.match(error.message, part)
    assert.not.match(error.message, folder)
    assert.equal(incoming(), [])
  }
  await refused(await post(QUESTION, 'no video at all'), 422, 'ERR_VIDEO', 'The clip: no frame')
  await refused(await post(QUESTION, clip.subarray(0, 1000)), 422, 'ERR_VIDEO')
  await refused(await post(QUESTION, ''), 400, 'ERR_ARGUMENT', 'no clip')
  for (const query of [
    '',
    '?label=',
    '?label=a&label=a',
    `?label=${'x'.repeat(201)}`,
    '?label=a&window=0',
    '?label=a&window=x',
  ])
    await refused(await post(`/api/classify${query}`, clip), 400, 'ERR_ARGUMENT')
  const many = new URLSearchParams(
    Array.from({ length: 1001 }, (_, i): [string, string] => ['label', `${i}`]),
  )
  await refused(await post(`/api/classify?${many}`, clip), 400, 'ERR_ARGUMENT', '1001')
  const large = Buffer.alloc(MOST_BYTES + 1)
  await refused(await post(QUESTION, large), 413, 'ERR_ARGUMENT', 'Cut it')
  // Without a length, it is counted as it comes.
  const chunked = { headers: { 'Transfer-Encoding': 'chunked' } }
  await refused(await post(QUESTION, large, chunked), 413, 'ERR_ARGUMENT', 'Cut it')
})

test('a clip goes into its class under a name of the server, or into a new class', async () => {
  const add = (className: string, name: string) =>
    post(`/api/clips?${new URLSearchParams({ class: className, name })}`, clip)
  const added = await add('Growing_while moving-LEFT', '../../../evil.sh')
  assert.is(added.status, 201)
  const { className, name } = JSON.parse(added.text)
  assert.is(className, 'growing while moving left')
  assert.match(name, /^clip-\d{8}T\d{6}-[0-9a-f]{6}\.mp4$/)
  assert.ok(readFileSync(path.join(data, className, name)).equals(clip))
  const fresh = JSON.parse((await add('jumping jacks', 'recording.webm')).text)
  assert.match(fresh.name, /\.webm$/)
  assert.ok(existsSync(path.join(data, 'jumping jacks', fresh.name)))
  assert.equal((await stateOf(url)).data!.classes.find(({ name }) => name === 'jumping jacks')!.clips, 1)
  await model.classify(path.join(data, 'jumping jacks', fresh.name), ['a'])
})

test('no class name leads out of the folder, and what is no video is not added', async () => {
  const before = readdirSync(data, { recursive: true }).sort()
  const outside = readdirSync(folder).sort()
  const names = [
    '',
    '..',
    '../up',
    '/etc/x',
    'a/b',
    'a\\b',
    '.hidden',
    'nul',
    'a\0b',
    'a\nb',
    'C:\\x',
    'x'.repeat(300),
    '---',
  ]
  for (const name of names) {
    const answer = await post(`/api/clips?${new URLSearchParams({ class: name })}`, clip)
    assert.is(answer.status, 400, `${name}: ${answer.text}`)
  }
  const broken = await post('/api/clips?class=new+one', clip.subarray(0, 1000))
  assert.is(broken.status, 422)
  assert.equal(readdirSync(data, { recursive: true }).sort(), before)
  assert.equal(readdirSync(folder).sort(), outside)
})

test('two clients get the same answer at once; one that goes away holds up nobody', async () => {
  const alone = linesOf(await post(QUESTION, clip))
  const both = await Promise.all([post(QUESTION, clip), post(QUESTION, clip)])
  for (const each of both) assert.equal(linesOf(each), alone)
  async function* halfOfIt() {
    yield clip.subarray(0, 1000)
    await new Promise(() => {})
  }
  const leave = (request: ClientRequest) => setTimeout(() => request.destroy(), 300)
  const leaving = post(QUESTION, halfOfIt(), { onOpen: leave })
  await rejection(leaving)
  await until(() => incoming().length === 0)
  const late = (request: ClientRequest) => request.on('response', () => request.destroy())
  void post(QUESTION, clip, { onOpen: late }).catch(() => {})
  assert.equal(linesOf(await post(QUESTION, clip)), alone)
  await until(() => incoming().length === 0)
})

test('more clips at once than allowed are refused', async () => {
  const few = await serve({ model, mostAtOnce: 1 })
  let goOn = () => {}
  const refusedFirst = new Promise<void>((resolve) => {
    goOn = resolve
  })
  async function* slowly() {
    yield clip.subarray(0, 100)
    await refusedFirst
    yield clip.subarray(100)
  }
  const waiting = send(few.url, QUESTION, { method: 'POST', body: slowly() })
  const other = () => send(few.url, QUESTION, { method: 'POST', body: clip })
  let refused = await other()
  while (refused.status !== 503) refused = await other()
  goOn()
  const { status, headers } = refused
  assert.is(status, 503)
  assert.ok(headers['retry-after'])
  assert.is((await waiting).status, 200)
  const none = await send(few.url, '/api/clips?class=a', { method: 'POST', body: clip })
  assert.is(none.status, 409)
  assert.match(errorOf(none).message, '--data')
  assert.is((await send(few.url, '/api/training', { method: 'POST' })).status, 409)
  await few.close()
  assert.ok(await rejection(send(few.url, '/')))
})

test('a training is told step by step, can be stopped and gone on with, and its adapter is used', async () => {
  const question = QUESTION.replace('&window=1', '&window=5')
  const before = linesOf(await post(question, clip))
  const start = async () => assert.is((await post('/api/training', '')).status, 202)
  const stopped = await statesUntil(
    url,
    ({ training }) => training.state === 'running' && training.step >= 3,
    () => void start(),
  )
  assert.is((await post('/api/training', '')).status, 409)
  // What is recognised meanwhile is what the model of before makes of it.
  assert.equal(linesOf(await post(question, clip)), before)
  assert.is(stopped.at(-1)!.adapter, null)
  const answer = await send(url, '/api/training', { method: 'DELETE' })
  assert.is(JSON.parse(answer.text).state, 'stopped')
  const { step } = JSON.parse(answer.text)
  const adapterFile = path.join(out, 'adapter.safetensors')
  assert.not.ok(existsSync(adapterFile), 'a half trained adapter is left')

  const states = await statesUntil(
    url,
    ({ training }) => training.state === 'done',
    () => void start(),
  )
  const steps = states
    .map(({ training }) => training)
    .filter(({ state, step: own }) => state === 'running' && own > 0)
  assert.ok(steps[0]!.step > step, `goes on after ${step} with ${steps[0]!.step}`)
  assert.ok(steps.some(({ validations }) => validations.length > 0))
  const last = states.at(-1)!
  assert.is(last.adapter, out)
  assert.ok(last.labels.includes('jumping jacks'))
  assert.match(last.training.message, '% of the clips held out')
  const after = linesOf(await post(question, clip))
  const [best] = after[0]!.overall as { label: string; score: number }[]
  assert.is(best!.label, 'growing while moving left')
  assert.not.equal(after, before)
  for (const name of ['train.txt', 'labels.csv', 'adapter.safetensors'])
    assert.ok(existsSync(path.join(out, name)))

  // Other clips: the training begins anew, and is stopped.
  const trained = readFileSync(adapterFile)
  assert.is((await post('/api/clips?class=jumping%20jacks', clip)).status, 201)
  await statesUntil(
    url,
    ({ training }) => training.state === 'running' && training.step >= 3,
    () => void start(),
  )
  await send(url, '/api/training', { method: 'DELETE' })
  assert.equal(readFileSync(adapterFile), trained)
  assert.not.ok(existsSync(`${adapterFile}.before`))
})

test('what is wrong with the clips is told by the training', async () => {
  mkdirSync(path.join(data, 'empty class'))
  const states = await statesUntil(
    url,
    ({ training }) => training.state === 'failed',
    () => void post('/api/training', ''),
  )
  assert.match(states.at(-1)!.training.message, 'empty class')
})

test('closed while it trains and recognises, it ends in good order', async () => {
  const other = path.join(folder, 'others')
  await initFolderDataset(other, { example: true })
  const busy = await serve({ model, data: other, out: `${other}-run` })
  await statesUntil(
    busy.url,
    ({ training }) => training.step >= 2,
    () => void send(busy.url, '/api/training', { method: 'POST' }),
  )
  const asked = send(busy.url, QUESTION, { method: 'POST', body: clip }).catch(() => undefined)
  await Promise.all([busy.close(), busy.close()])
  const answer = await asked
  assert.ok(answer === undefined || [200, 503].includes(answer.status))
  assert.ok(existsSync(path.join(`${other}-run`, 'checkpoint', 'last.safetensors')))
  assert.equal(
    readdirSync(other).filter((name) => name.startsWith('.')),
    [],
  )
})

test('wrong options are refused', async () => {
  assert.ok(hasCode('ERR_ARGUMENT', 'out')(await rejection(serve({ model, data }))))
  const missing = path.join(folder, 'nowhere')
  assert.ok(hasCode('ERR_FILE', missing)(await rejection(serve({ model, data: missing, out }))))
  const taken = Number(new URL(url).port)
  assert.ok(hasCode('ERR_SERVICE', 'another port')(await rejection(serve({ model, port: taken }))))
  assert.ok(await rejection(serve({ model, port: 70_000 })))
})

test.run()
