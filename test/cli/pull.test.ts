import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findModel, type PulledModel, ViCLIP } from '../../lib/index.js'
import { weightsHash } from '../../lib/recognition/weights-hash.js'
import { packageRoot } from '../../lib/runtime/package-root.js'
import { COMMIT, type Hub, type HubRequest, type Misbehaviour, startHub } from '../hub/hub-server.js'
import { blobsIn, REPOSITORY, someBytes } from '../hub/pulling.js'
import { rejection } from '../support/errors.js'
import { skipUnless } from '../support/skip.js'
import { makeFolder, makeNumbered, msta, mstaJson } from './helpers.js'

const pulling = suite('msta pull')
const { folder, remove } = makeFolder()
const CONFIG = Buffer.from('{"size": "b"}')
const WEIGHTS = someBytes(2_500_000)
let hub: Hub | undefined
let count = 0

async function start(
  files: Record<string, Buffer>,
  misbehave?: (request: HubRequest) => Misbehaviour | undefined,
) {
  hub = await startHub({ [REPOSITORY]: { files } }, misbehave)
  const cache = path.join(folder, `cache-${count++}`)
  // Proxies of whoever runs the tests would not know this machine.
  const env = { HF_ENDPOINT: hub.url, HF_HUB_CACHE: cache, HF_HOME: folder, NO_PROXY: '*' }
  return { hub, cache, env }
}

/** Until a download in `cache` has brought `bytes`. */
async function untilBytes(cache: string, bytes: number): Promise<void> {
  const blobs = path.join(cache, 'models--org--model', 'blobs')
  const isThere = () =>
    blobsIn(cache).some((name) => /incomplete$/.test(name) && statSync(path.join(blobs, name)).size >= bytes)
  while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 10))
}

/** What holds a download back until it is let go. */
function makeGate() {
  let open = () => {}
  const until = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, until }
}

pulling.after.each(async () => {
  await hub?.close()
  hub = undefined
})
pulling.after(remove)

pulling('says what comes and how large it is, and prints the folder alone', async () => {
  const { env, cache } = await start({ 'config.json': CONFIG, 'model.safetensors': WEIGHTS })
  const { status, stdout, stderr } = await msta(['pull', REPOSITORY], { env })
  assert.is(status, 0, stderr)
  assert.is(stdout, `${path.join(cache, 'models--org--model', 'snapshots', COMMIT)}\n`)
  assert.match(stderr, 'downloading config.json (13 bytes), model.safetensors (2.5 MB) of org/model at 0123')
  const again = await mstaJson<PulledModel>(['pull', REPOSITORY, '--revision', 'refs/pr/1'], { env })
  assert.equal([again.json.revision, again.json.commit, again.json.downloaded], ['refs/pr/1', COMMIT, 0])
  assert.is(again.stderr, '')
  assert.is(path.dirname(again.json.weights), again.json.folder)
})

pulling('wrong calls and failures have their exit status', async () => {
  const { env } = await start({ 'model.safetensors': WEIGHTS })
  for (const args of [[], ['model.safetensors'], ['a/b/c'], [REPOSITORY, '--revision', '../x']]) {
    const { status, stdout, stderr } = await msta(['pull', ...args], { env })
    assert.equal([status, stdout], [2, ''], stderr)
  }
  assert.is(hub!.requests.length, 0)
  const unknown = await msta(['pull', 'org/unknown'], { env })
  assert.is(unknown.status, 1)
  assert.match(unknown.stderr, /^error: org\/unknown .*HF_TOKEN.*\(ERR_SERVICE\)$/m)
})

pulling('a pull that is killed or interrupted goes on where it stopped', async () => {
  for (const [signal, status] of [
    ['SIGKILL', null],
    ['SIGINT', 130],
  ] as const) {
    const never = new Promise(() => {})
    const { env, cache } = await start({ 'model.safetensors': WEIGHTS }, ({ part, times }) =>
      part === 'contents' && times === 1 ? { pauseAfter: 1_000_000, until: never } : undefined,
    )
    const run = await msta(['pull', REPOSITORY], {
      env,
      onStart: (child) => untilBytes(cache, 1_000_000).then(() => child.kill(signal)),
    })
    assert.is(run.status, status, run.stderr)
    assert.is((await msta(['pull', REPOSITORY], { env })).status, 0)
    assert.equal(
      hub!.contents().map(({ range }) => range),
      [undefined, 'bytes=1000000-'],
    )
    assert.equal(blobsIn(cache), [createHash('sha256').update(WEIGHTS).digest('hex')])
    await hub!.close()
  }
})

pulling('two processes download once; one that dies is taken over', async () => {
  for (const isKilled of [false, true]) {
    const gate = makeGate()
    const { env, cache } = await start({ 'model.safetensors': WEIGHTS }, ({ part, times }) =>
      part === 'contents' && times === 1 ? { pauseAfter: 1_000_000, until: gate.until } : undefined,
    )
    let kill = () => {}
    const first = msta(['pull', REPOSITORY], {
      env,
      onStart: (child) => {
        kill = () => child.kill('SIGKILL')
      },
    })
    await untilBytes(cache, 1_000_000)
    const second = msta(['pull', REPOSITORY], {
      env,
      onStart: (child) =>
        child.stderr!.on('data', (text) => {
          if (!String(text).includes('downloading')) return
          if (isKilled) kill()
          else gate.open()
        }),
    })
    assert.equal([(await first).status, (await second).status], [isKilled ? null : 0, 0])
    assert.equal(
      hub!.contents().map(({ range }) => range),
      isKilled ? [undefined, 'bytes=1000000-'] : [undefined],
    )
    assert.equal(blobsIn(cache), [createHash('sha256').update(WEIGHTS).digest('hex')])
    gate.open()
    await hub!.close()
  }
})

pulling('--model takes an id: pulled when it is missing, and then without the hub', async () => {
  const clip = await makeNumbered(path.join(folder, 'clip.mp4'))
  const file = path.join(folder, 'tiny.safetensors')
  const tiny = await ViCLIP.load('random:tiny', { seed: 3 })
  await tiny.save(file)
  tiny.dispose()
  const { env, cache } = await start({ 'config.json': CONFIG, 'model.safetensors': readFileSync(file) })
  const predict = (model: string, changes: Record<string, string> = {}) =>
    mstaJson<unknown>(['predict', clip, '--labels', 'a,b', '--dtype', 'float32', '--model', model], {
      env: { ...env, ...changes },
      cwd: folder,
    })
  const missing = await msta(['predict', clip, '--labels', 'a,b', '--model', REPOSITORY], {
    env: { ...env, HF_HUB_OFFLINE: '1' },
  })
  assert.is(missing.status, 1)
  assert.match(missing.stderr, /"msta pull org\/model".*\(ERR_FILE\)$/m)
  assert.is(hub!.requests.length, 0)
  const expected = await predict(file)
  const pulled = await predict(REPOSITORY)
  assert.match(pulled.stderr, 'downloading config.json (13 bytes), model.safetensors')
  assert.equal(pulled.json, expected.json)
  hub!.requests.length = 0
  assert.equal((await predict(REPOSITORY, { HF_HUB_OFFLINE: '1' })).json, expected.json)
  assert.equal((await predict(REPOSITORY)).json, expected.json)
  assert.is(hub!.requests.length, 0)
  await inEnvironment(env, async () => {
    const hash = createHash('sha256').update(readFileSync(file)).digest('hex')
    assert.is(await weightsHash(REPOSITORY), hash)
    const model = await ViCLIP.load(REPOSITORY, { dtype: 'float32' })
    assert.is(model.source, REPOSITORY)
    model.dispose()
  })
  // A path that exists goes before the hub, whatever it is called.
  mkdirSync(path.join(folder, 'org', 'model'), { recursive: true })
  symlinkSync(file, path.join(folder, 'org', 'model', 'model.safetensors'))
  assert.equal((await predict(REPOSITORY, { HF_HUB_CACHE: path.join(cache, 'none') })).json, expected.json)
  assert.is(hub!.requests.length, 0)
})

pulling('of a model without safetensors in the cache the hub is asked whether it has them', async () => {
  const files: Record<string, Buffer> = { 'pytorch_model.bin': WEIGHTS }
  const { env } = await start(files)
  await inEnvironment(env, async () => {
    assert.is(path.basename(await findModel(REPOSITORY)), 'pytorch_model.bin')
    files['model.safetensors'] = WEIGHTS
    assert.is(path.basename(await findModel(REPOSITORY)), 'model.safetensors')
    hub!.requests.length = 0
    assert.is(path.basename(await findModel(REPOSITORY)), 'model.safetensors')
    assert.is(path.basename(await findModel(`${REPOSITORY}#pytorch_model.bin`)), 'pytorch_model.bin')
    assert.is(hub!.requests.length, 0)
  })
})

pulling('ViCLIP.load pulls with progress and can be aborted', async () => {
  const { env } = await start({ 'model.safetensors': WEIGHTS }, ({ part }) =>
    part === 'contents' ? { hangAfter: 1_000_000 } : undefined,
  )
  await inEnvironment(env, async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const loading = ViCLIP.load(REPOSITORY, {
      signal: controller.signal,
      onPull: ({ done, total }) => {
        assert.is(total, WEIGHTS.length)
        if (done === 1_000_000) controller.abort(reason)
      },
    })
    assert.is(await rejection(loading), reason)
  })
})

skipUnless(
  pulling,
  process.platform !== 'win32' && process.getuid?.() !== 0,
  'root may write into any folder',
)('a cache that may only be read is read', async () => {
  const { env, cache } = await start({ 'config.json': CONFIG, 'model.safetensors': WEIGHTS })
  await msta(['pull', REPOSITORY], { env })
  const repository = path.join(cache, 'models--org--model')
  const folders = [
    cache,
    repository,
    ...['blobs', 'refs', 'snapshots'].map((name) => path.join(repository, name)),
  ]
  for (const each of folders) chmodSync(each, 0o555)
  assert.is((await msta(['pull', REPOSITORY], { env })).status, 0)
  const other = await msta(['pull', REPOSITORY, '--revision', 'refs/pr/1'], { env })
  for (const each of folders) chmodSync(each, 0o755)
  assert.is(other.status, 1)
  assert.match(other.stderr, 'HF_HUB_CACHE')
})

pulling('the clients are loaded when something is pulled, and not before', () => {
  const compiled = path.join(packageRoot, 'dist/lib')
  const loading = readdirSync(compiled, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.js'))
    .map((name) => ({ name, text: readFileSync(path.join(compiled, name), 'utf8') }))
    .filter(({ text }) => /'(@huggingface\/hub|undici)'/.test(text))
  assert.equal(loading.map(({ name }) => name.replaceAll('\\', '/')).sort(), ['hub/hub.js', 'hub/proxy.js'])
  for (const { text } of loading) assert.not.match(text, /from '(@huggingface\/hub|undici)'/)
})

async function inEnvironment(env: Record<string, string>, work: () => Promise<void>): Promise<void> {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, env)
  try {
    await work()
  } finally {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
  }
}

pulling.run()
