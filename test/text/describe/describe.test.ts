import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { inspect } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type DescribeOptions, describeClasses, readDescriptions } from '../../../lib/index.js'
import { hasCode, rejection } from '../../support/errors.js'
import { makeFolder, withEnvironment } from '../../video/helpers.js'
import { obliging, type Reply, type Request, type Service, sentencesFor, startService } from './service.js'

const describing = suite('describeClasses')
const NAMES = ['archery', 'surfing', 'juggling, with balls']
const KEY = 'sk-very-secret-0123456789'
const { folder, remove } = makeFolder()
let service: Service | undefined
let count = 0

describing.after(remove)
describing.after.each(async () => {
  await service?.close()
  service = undefined
})

async function serve(reply: (request: Request) => Reply, delayMs = 0): Promise<Service> {
  service = await startService(reply, delayMs)
  return service
}

function options(changes: Partial<DescribeOptions> = {}): DescribeOptions {
  return {
    names: NAMES,
    count: 2,
    out: path.join(folder, `out-${count++}`),
    dataset: 'sports',
    baseUrl: service!.url,
    model: 'parrot',
    apiKey: KEY,
    firstWaitMs: 1,
    ...changes,
  }
}

const filesOf = (out: string) => readdirSync(out).map((name) => readFileSync(path.join(out, name), 'utf8'))

/** Answers as `special` says for surfing's appearance, and obligingly otherwise. */
const exceptSurfing =
  (special: (times: number, request: Request) => Reply) =>
  (request: Request): Reply =>
    request.action === 'surfing' && request.kind === 'spatial'
      ? special(request.times, request)
      : obliging(request)

describing("asks the paper's two questions and writes ETL4Video's files", async () => {
  const { requests } = await serve(obliging)
  const seen: [number, number][] = []
  const settings = options({ onProgress: ({ done, total }) => seen.push([done, total]) })
  const result = await describeClasses(settings)
  const { files, ...rest } = result
  assert.equal([rest.written, rest.kept, rest.failures], [6, 0, []])
  assert.is(files.spatial, path.join(settings.out, '2_s_description_sports.json'))
  assert.is(files.temporal, path.join(settings.out, '2_t_description_sports.json'))
  for (const kind of ['spatial', 'temporal'] as const)
    assert.equal(
      await readDescriptions(files[kind]!, { classes: 3 }),
      NAMES.map((name) => sentencesFor(name, kind)),
    )
  const questions = requests.map(({ messages }) => messages.map(({ content }) => content).join('|'))
  const about = (what: string, name: string) =>
    `Please give me 2 sentences describing ${what} of the action ${name}.`
  assert.equal(
    questions.sort(),
    [
      ...NAMES.map((name) => about('the visual appearance', name)),
      ...NAMES.map((name) => about('the temporally decoupled steps', name)),
    ].sort(),
  )
  assert.ok(requests.every(({ model, key }) => model === 'parrot' && key === `Bearer ${KEY}`))
  assert.equal(
    seen,
    Array.from({ length: 6 }, (_, i) => [i + 1, 6]),
  )
  assert.is(rest.sentences.length, 12)
  assert.not.match(filesOf(settings.out).join(), KEY)
})

describing(
  'a second call asks for nothing, and for what was removed; what was written by hand stays',
  async () => {
    const { requests } = await serve(obliging)
    const settings = options({ kinds: ['spatial'] })
    const { files } = await describeClasses(settings)
    const text = readFileSync(files.spatial!, 'utf8')
    const again = await describeClasses(settings)
    assert.equal([again.written, again.kept, requests.length], [0, 3, 3])
    assert.is(readFileSync(files.spatial!, 'utf8'), text)
    const { 0: archery, 1: _, ...others } = JSON.parse(text)
    writeFileSync(files.spatial!, JSON.stringify({ 0: ['By hand.'], ...others }))
    const third = await describeClasses(settings)
    assert.equal([third.written, third.kept, requests.length], [1, 2, 4])
    const lists = await readDescriptions(files.spatial!, { classes: 3 })
    assert.equal(lists[0], ['By hand.'])
    assert.equal(lists[1], sentencesFor('surfing', 'spatial'))
    assert.not.equal(lists[0], archery)
  },
)

describing('labels that have changed are noticed', async () => {
  await serve(obliging)
  const settings = options({ kinds: ['spatial'] })
  await describeClasses(settings)
  const error = await rejection(describeClasses({ ...settings, names: ['surfing', 'archery', NAMES[2]!] }))
  hasCode('ERR_LABELS', '2_s_description_sports.json', '"archery"', '"surfing"')(error)
  hasCode('ERR_LABELS')(await rejection(describeClasses({ ...settings, names: NAMES.slice(0, 2) })))
})

describing('a damaged file is told, not overwritten', async () => {
  await serve(obliging)
  const settings = options({ kinds: ['spatial'] })
  const { files } = await describeClasses(settings)
  writeFileSync(files.spatial!, '{"0": ["cut')
  hasCode('ERR_FORMAT', files.spatial!)(await rejection(describeClasses(settings)))
  assert.is(readFileSync(files.spatial!, 'utf8'), '{"0": ["cut')
})

describing('an answer with too few sentences is asked for again, with a reminder', async () => {
  const { requests } = await serve(
    exceptSurfing((times) => (times === 1 ? '1. Only one.' : '1. One.\n2. Two.')),
  )
  const { files, failures } = await describeClasses(options({ kinds: ['spatial'] }))
  assert.equal(failures, [])
  assert.equal((await readDescriptions(files.spatial!))[1], ['One.', 'Two.'])
  const second = requests.find(({ action, times }) => action === 'surfing' && times === 2)!
  assert.equal(
    second.messages.map(({ role }) => role),
    ['user', 'assistant', 'user'],
  )
  assert.is(second.messages[1]!.content, '1. Only one.')
  assert.match(second.messages[2]!.content, 'exactly 2 sentences')
})

const HOPELESS: [string, Reply, string, number][] = [
  ['ragged', 'Only one.', 'at most 1 of 2', 3],
  ['empty', '', 'no sentence', 3],
  ['empty', { text: null }, 'no sentence', 3],
  ['refused', "I'm sorry, but I can't help with that.", "I'm sorry", 1],
  ['refused', { refusal: 'no' }, 'refused', 1],
  ['refused', { text: 'Half a', end: 'content_filter' }, 'refused', 1],
  ['refused', { status: 400, body: '{"error": {"code": "content_filter", "message": "x"}}' }, 'refused', 1],
  ['ragged', { text: 'One. And then', end: 'length' }, 'at most 1 of 2', 3],
  ['service', { status: 500 }, '500', 6],
  ['service', { status: 429 }, '429', 6],
  ['service', { status: 200, body: '{"choices": [{"mess' }, 'damaged', 6],
  ['service', { status: 200, body: '{}' }, 'no message', 6],
]
for (const [reason, reply, message, requests] of HOPELESS)
  describing(`a class is lost to ${JSON.stringify(reply).slice(0, 50)}, and no other`, async () => {
    const asked = (await serve(exceptSurfing(() => reply))).requests
    const settings = options()
    const { files, failures, written } = await describeClasses(settings)
    assert.equal(
      failures.map(({ kind, id, name, reason }) => [kind, id, name, reason]),
      [['spatial', 1, 'surfing', reason]],
    )
    assert.match(failures[0]!.message, message)
    assert.is(written, 5)
    assert.is(asked.filter(({ action, kind }) => action === 'surfing' && kind === 'spatial').length, requests)
    assert.equal(Object.keys(JSON.parse(readFileSync(files.spatial!, 'utf8'))), ['0', '2'])
    hasCode('ERR_LABELS', '"1"')(await rejection(readDescriptions(files.spatial!, { classes: 3 })))
    assert.is((await readDescriptions(files.temporal!, { classes: 3 })).length, 3)
  })

describing('failures that pass are waited for', async () => {
  const passing: Reply[] = [
    { status: 429, headers: { 'retry-after': '0' } },
    { status: 503 },
    { status: 200, body: '{"choices": [{"mess' },
    { status: 408 },
  ]
  await serve(exceptSurfing((times, request) => passing[times - 1] ?? obliging(request)))
  const waits: string[] = []
  const { failures } = await describeClasses(options({ onWait: (why) => waits.push(why) }))
  assert.equal(failures, [])
  assert.is(waits.length, passing.length)
  for (const [i, part] of ['429', '503', 'damaged', '408'].entries()) assert.match(waits[i]!, part)
})

describing('a wait that the service asks for holds, for every request', async () => {
  let until = 0
  const early: string[] = []
  await serve((request) => {
    if (until === 0) {
      until = Date.now() + 300
      return { status: 429, headers: { 'retry-after-ms': '300' } }
    }
    if (Date.now() < until - 20) early.push(request.action)
    return obliging(request)
  }, 5)
  // One at a time: what is on its way already cannot be held back.
  const { failures } = await describeClasses(options({ concurrency: 1 }))
  assert.equal([failures, early], [[], []])
  assert.ok(Date.now() >= until - 20)
})

describing('a wait that is too long ends the run', async () => {
  await serve(() => ({ status: 429, headers: { 'retry-after': '86400' } }))
  hasCode('ERR_SERVICE', '1440 minutes')(await rejection(describeClasses(options())))
})

const FATAL: [string, Reply][] = [
  ['401', { status: 401, body: `{"error": {"message": "Incorrect key ${KEY}"}}` }],
  ['404', { status: 404, body: '{"error": {"message": "no such model"}}' }],
  ['quota', { status: 429, body: '{"error": {"code": "insufficient_quota", "message": "quota"}}' }],
  ['/v1', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }],
]
for (const [part, reply] of FATAL)
  describing(`an error that meets every class ends the run: ${part}`, async () => {
    const { requests } = await serve(() => reply)
    const error = await rejection(describeClasses(options({ concurrency: 2 })))
    hasCode('ERR_SERVICE', part, 'run the same again')(error)
    assert.ok(requests.length <= 2)
    assert.not.match(inspect(error, { depth: 10, showHidden: true }), KEY)
  })

describing('a service that fails class after class is given up', async () => {
  const { requests } = await serve(() => ({ status: 500 }))
  const names = Array.from({ length: 50 }, (_, i) => `action ${i}`)
  hasCode('ERR_SERVICE', '500')(await rejection(describeClasses(options({ names, concurrency: 1 }))))
  assert.is(requests.length, 5 * 6)
})

describing('a service that is not there is told', async () => {
  const { url } = await serve(obliging)
  await service!.close()
  hasCode('ERR_SERVICE', 'cannot be reached')(await rejection(describeClasses(options({ baseUrl: url }))))
})

describing('no more than the given number of questions are on their way', async () => {
  const { most, requests } = await serve(obliging, 10)
  await describeClasses(options({ concurrency: 2 }))
  assert.equal([most(), requests.length], [2, 6])
})

describing('an abort ends requests and waits, and keeps what was answered', async () => {
  const cases: [string, Reply][] = [
    ['a request that hangs', 'hang'],
    ['a wait', { status: 429, headers: { 'retry-after': '300' } }],
  ]
  for (const [what, reply] of cases) {
    const { requests, dropped } = await serve(({ kind, ...rest }) =>
      kind === 'temporal' ? reply : obliging({ kind, ...rest }),
    )
    const controller = new AbortController()
    const reason = new Error('enough')
    const settings = options({
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done === 3) setTimeout(() => controller.abort(reason), 50)
      },
    })
    const started = Date.now()
    assert.is(await rejection(describeClasses(settings)), reason, what)
    assert.ok(Date.now() - started < 60_000)
    const written = path.join(settings.out, '2_s_description_sports.json')
    assert.equal((await readDescriptions(written, { classes: 3 }))[2], sentencesFor(NAMES[2]!, 'spatial'))
    assert.not(existsSync(path.join(settings.out, '2_t_description_sports.json')))
    if (reply === 'hang') {
      await new Promise((resolve) => setTimeout(resolve, 50))
      assert.is(dropped(), requests.filter(({ kind }) => kind === 'temporal').length)
    }
    await service!.close()
  }
  const aborted = AbortSignal.abort(new Error('before'))
  assert.is(
    await rejection(describeClasses(options({ signal: aborted, baseUrl: 'http://127.0.0.1:9/v1' }))),
    aborted.reason,
  )
})

describing('an answer that never comes is waited for only so long', async () => {
  await serve(exceptSurfing((times, request) => (times === 1 ? 'hang' : obliging(request))))
  const waits: string[] = []
  const { failures } = await describeClasses(options({ timeoutMs: 300, onWait: (why) => waits.push(why) }))
  assert.equal(failures, [])
  assert.ok(waits.some((why) => why.includes('no answer within 0.3 s')))
})

describing('settings come from the environment, and wrong ones are refused before any request', async () => {
  const { url, requests } = await serve(obliging)
  const unset = { baseUrl: undefined, model: undefined, apiKey: undefined }
  const names = ['archery']
  const env = { OPENAI_BASE_URL: url, OPENAI_API_KEY: 'from-env', MSTA_DESCRIBE_MODEL: 'model-from-env' }
  await withEnvironment(env, () => describeClasses(options({ ...unset, names })))
  assert.ok(requests.every(({ key, model }) => key === 'Bearer from-env' && model === 'model-from-env'))
  const before = requests.length
  const none = { OPENAI_BASE_URL: undefined, OPENAI_API_KEY: undefined, MSTA_DESCRIBE_MODEL: undefined }
  await withEnvironment(none, async () => {
    const wrong: [Partial<DescribeOptions>, string][] = [
      [{ ...unset, apiKey: KEY }, 'MSTA_DESCRIBE_MODEL'],
      [{ ...unset, model: 'm' }, 'OPENAI_API_KEY'],
      [{ baseUrl: 'localhost:1' }, 'http'],
      [{ baseUrl: 'http://user:password@localhost:1/v1' }, 'OPENAI_API_KEY'],
      [{ count: 0 }, 'count'],
      [{ concurrency: 1.5 }, 'concurrency'],
    ]
    for (const [changes, part] of wrong)
      hasCode('ERR_ARGUMENT', part)(await rejection(describeClasses(options(changes))))
    assert.is(requests.length, before)
    // A server of one's own needs no key.
    await describeClasses(options({ apiKey: undefined, names }))
  })
  assert.ok(requests.length > before)
})

describing.run()
