import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DescribeFailure } from '../../lib/index.js'
import { packageRoot } from '../../lib/runtime/package-root.js'
import { obliging, type Service, sentencesFor, startService } from '../text/describe/service.js'
import { makeFolder, msta, mstaJson } from './helpers.js'

const describing = suite('msta describe')
const KEY = 'sk-very-secret-0123456789'
const NAMES = ['archery', 'surfing', 'rowing', 'diving']
const { folder, remove } = makeFolder()
const labels = path.join(folder, 'sports_labels.csv')
let service: Service | undefined
let count = 0

interface Result {
  files: { spatial?: string; temporal?: string }
  written: number
  kept: number
  failures: DescribeFailure[]
  sentences: number
  tooLong: number
}

describing.before(() =>
  writeFileSync(labels, ['id,name', ...NAMES.map((name, id) => `${id},${name}`)].join('\r\n')),
)
describing.after(remove)
describing.after.each(async () => {
  await service?.close()
  service = undefined
})

const env = () => ({ OPENAI_BASE_URL: service!.url, OPENAI_API_KEY: KEY, MSTA_DESCRIBE_MODEL: 'parrot' })
const makeOut = () => path.join(folder, `out-${count++}`)
const sentencesIn = (file: string): Record<string, string[]> => JSON.parse(readFileSync(file, 'utf8'))
const textsIn = (out: string) => readdirSync(out).map((name) => readFileSync(path.join(out, name), 'utf8'))

describing('writes the files of the label CSV, named after it, and never the key', async () => {
  service = await startService(obliging)
  const out = makeOut()
  const { json, status, stderr, stdout } = await mstaJson<Result>(
    ['describe', '--labels', labels, '--out', out],
    { env: { ...env(), MSTA_DEBUG: '1', OPENAI_LOG: 'debug' } },
  )
  assert.is(status, 0, stderr)
  const { spatial, temporal } = json.files
  assert.equal(
    [spatial, temporal],
    ['2_s_description_sports.json', '2_t_description_sports.json'].map((name) => path.join(out, name)),
  )
  for (const [id, name] of NAMES.entries()) {
    assert.equal(sentencesIn(spatial!)[id], sentencesFor(name, 'spatial'))
    assert.equal(sentencesIn(temporal!)[id], sentencesFor(name, 'temporal'))
  }
  assert.equal([json.written, json.kept, json.failures, json.sentences], [8, 0, [], 16])
  for (const text of [stdout, stderr, ...textsIn(out)]) assert.not.match(text, KEY)
  assert.ok(service.requests.every(({ key }) => key === `Bearer ${KEY}`))
})

describing('a class that fails is named, the others are kept, and the status is 1', async () => {
  const long = `A ${'very '.repeat(40)}long sentence.`
  service = await startService((request) => {
    if (request.action === 'surfing') return "I'm sorry, I can't."
    return request.action === 'rowing' ? `${long}\n${long}` : obliging(request)
  })
  const args = ['describe', '--labels', labels, '--kind', 'temporal', '--out', makeOut()]
  const { json, status, stderr } = await mstaJson<Result>(args, { env: env() })
  assert.is(status, 1)
  assert.match(stderr, /warning: temporal descriptions of 1 "surfing": the model refused/)
  assert.match(stderr, 'warning: 2 of 6 sentences are longer than 32 tokens')
  assert.equal([json.written, json.failures.length, json.tooLong], [3, 1, 2])
  assert.equal(Object.keys(json.files), ['temporal'])
  await service.close()
  service = await startService(obliging)
  const again = await mstaJson<Result>(args, { env: env() })
  assert.equal([again.status, again.json.written, again.json.kept], [0, 1, 3])
})

describing('options go before the environment, and a wrong key is not shown', async () => {
  service = await startService(({ key }) => ({
    status: 401,
    body: JSON.stringify({ error: { message: `Incorrect API key provided: ${key}` } }),
  }))
  const options = ['--base-url', service.url, '--model', 'other', '--api-key', 'sk-of-the-option']
  const { status, stdout, stderr } = await msta(
    ['describe', '--labels', 'a,b', '--count', '3', '--out', makeOut(), ...options],
    { env: { ...env(), OPENAI_BASE_URL: 'http://127.0.0.1:9/v1', MSTA_DEBUG: '1' } },
  )
  assert.is(status, 1)
  assert.match(stderr, /^error: .*401.*\(ERR_SERVICE\)$/m)
  for (const text of [stdout, stderr]) assert.not.match(text, 'sk-of-the-option')
  const [{ model, key } = {}] = service.requests
  assert.equal([model, key], ['other', 'Bearer sk-of-the-option'])
})

describing('a killed or interrupted run goes on where it stopped', async () => {
  for (const [signal, status] of [
    ['SIGKILL', null],
    ['SIGINT', 130],
  ] as const) {
    const out = makeOut()
    let whenStuck = () => {}
    const stuck = new Promise<void>((resolve) => {
      whenStuck = resolve
    })
    service = await startService((request) => {
      if (request.action !== 'diving') return obliging(request)
      whenStuck()
      return 'hang'
    })
    const args = ['describe', '--labels', labels, '--kind', 'spatial', '--concurrency', '1', '--out', out]
    const run = await msta(args, { env: env(), onStart: (child) => stuck.then(() => child.kill(signal)) })
    assert.is(run.status, status)
    const file = path.join(out, '2_s_description_sports.json')
    assert.equal(Object.keys(sentencesIn(file)), ['0', '1', '2'])
    await service.close()
    service = await startService(obliging)
    const { json } = await mstaJson<Result>(args, { env: env() })
    assert.equal([json.written, json.kept], [1, 3])
    assert.equal(
      service.requests.map(({ action }) => action),
      ['diving'],
    )
    assert.equal(Object.keys(sentencesIn(file)), ['0', '1', '2', '3'])
    await service.close()
  }
})

describing('wrong calls are told before anything is asked', async () => {
  service = await startService(obliging)
  const out = makeOut()
  const wrong: [string[], Record<string, string>, string][] = [
    [['--count', '0'], {}, '--count'],
    [['--kind', 'both-of-them'], {}, 'kind'],
    [[], { MSTA_DESCRIBE_MODEL: '' }, 'MSTA_DESCRIBE_MODEL'],
    [[], { OPENAI_BASE_URL: '', OPENAI_API_KEY: '' }, 'OPENAI_API_KEY'],
  ]
  for (const [args, changes, part] of wrong) {
    const { status, stderr } = await msta(['describe', '--labels', labels, '--out', out, ...args], {
      env: { ...env(), ...changes },
    })
    assert.is(status, 2, stderr)
    assert.match(stderr, part)
  }
  assert.equal([service.requests.length, existsSync(out)], [0, false])
})

describing('the client library is loaded by this command alone', () => {
  const compiled = path.join(packageRoot, 'dist/lib')
  const loading = readdirSync(compiled, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.js'))
    .map((name) => ({ name, text: readFileSync(path.join(compiled, name), 'utf8') }))
    .filter(({ text }) => /\b(?:from|import)\s*\(?\s*'openai'/.test(text))
  assert.equal(
    loading.map(({ name }) => name.replaceAll('\\', '/')),
    ['text/describe/service.js'],
  )
  assert.not.match(loading[0]!.text, /from 'openai'/)
})

describing.run()
