/** What the environment says, and what an id says. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseModelId } from '../../lib/hub/model-id.js'
import { readSettings } from '../../lib/hub/settings.js'
import { hasCode, rejection } from '../support/errors.js'
import { makeFolder } from '../video/helpers.js'

const settings = suite('hub: settings and ids')
const { folder, remove } = makeFolder()
settings.after(remove)

settings('the cache is where the other clients have it', async () => {
  const cacheOf = async (env: Record<string, string>) => (await readSettings(env)).cache
  assert.is(await cacheOf({ HF_HUB_CACHE: '/c', HF_HOME: '/h' }), path.resolve('/c'))
  assert.is(await cacheOf({ HUGGINGFACE_HUB_CACHE: '/c', HF_HOME: '/h' }), path.resolve('/c'))
  assert.is(await cacheOf({ HF_HUB_CACHE: '', HF_HOME: '/h' }), path.resolve('/h/hub'))
  assert.is(await cacheOf({ XDG_CACHE_HOME: '/x' }), path.resolve('/x/huggingface/hub'))
  assert.is(await cacheOf({ HF_HOME: '~/hf' }), path.join(homedir(), 'hf', 'hub'))
  assert.is(await cacheOf({}), path.join(homedir(), '.cache', 'huggingface', 'hub'))
})

settings('the token is that of the environment, else that of the file', async () => {
  const home = path.join(folder, 'home')
  mkdirSync(home)
  const tokenOf = async (env: Record<string, string>) => (await readSettings({ HF_HOME: home, ...env })).token
  assert.is(await tokenOf({}), undefined)
  writeFileSync(path.join(home, 'token'), 'hf_file\n')
  assert.is(await tokenOf({}), 'hf_file')
  assert.is(await tokenOf({ HF_TOKEN: ' hf_environment ' }), 'hf_environment')
  assert.is(await tokenOf({ HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' }), undefined)
  const other = path.join(folder, 'other-token')
  writeFileSync(other, 'hf_other')
  assert.is(await tokenOf({ HF_TOKEN_PATH: other }), 'hf_other')
  const error = await rejection(tokenOf({ HF_TOKEN: 'hf_secret\nX-Evil: 1' }))
  assert.ok(hasCode('ERR_ARGUMENT', 'HF_TOKEN')(error))
  assert.not.match((error as Error).message, 'secret')
  assert.ok(hasCode('ERR_FILE', folder)(await rejection(tokenOf({ HF_TOKEN_PATH: folder }))))
})

settings('the other variables, and wrong ones', async () => {
  const env = { HF_HOME: folder }
  const plain = await readSettings(env)
  assert.equal(
    [plain.endpoint, plain.isOffline, plain.timeoutMs, plain.proxies],
    ['https://huggingface.co', false, 30_000, undefined],
  )
  const other = await readSettings({
    ...env,
    HF_ENDPOINT: 'https://mirror.example/hub/',
    HF_HUB_OFFLINE: 'True',
    HF_HUB_DOWNLOAD_TIMEOUT: '2.5',
  })
  assert.equal([other.endpoint, other.isOffline, other.timeoutMs], ['https://mirror.example/hub', true, 2500])
  assert.is((await readSettings({ ...env, HF_HUB_OFFLINE: '0' })).isOffline, false)
  const wrong: [string, string][] = [
    ['HF_ENDPOINT', 'huggingface.co'],
    ['HF_ENDPOINT', 'ftp://mirror'],
    ['HF_ENDPOINT', 'https://me:secret@mirror'],
    ['HF_HUB_DOWNLOAD_TIMEOUT', '-1'],
    ['HF_HUB_DOWNLOAD_TIMEOUT', 'soon'],
    ['HTTPS_PROXY', 'proxy:80:80'],
  ]
  for (const [name, value] of wrong) {
    const error = await rejection(readSettings({ ...env, [name]: value }))
    assert.ok(hasCode('ERR_ARGUMENT', name)(error), value)
    assert.not.match((error as Error).message, 'secret')
  }
})

settings('an id is ORG/NAME, with a revision and a file', () => {
  const id = (repository: string, revision = 'main', file?: string) => ({ repository, revision, file })
  const right: [string, object][] = [
    ['OpenGVLab/ViCLIP-B-16-hf', id('OpenGVLab/ViCLIP-B-16-hf')],
    ['a/b@v1.0', id('a/b', 'v1.0')],
    ['a/b@refs/pr/1', id('a/b', 'refs/pr/1')],
    ['a/b_c.d#x-1.pth', id('a/b_c.d', 'main', 'x-1.pth')],
    ['a/b@v1#x.pth', id('a/b', 'v1', 'x.pth')],
  ]
  for (const [text, expected] of right) assert.equal(parseModelId(text), expected, text)
  const paths = [
    ...['model.safetensors', './a/b', '../a/b', '/a/b', 'a/b/c', 'a', 'a/', '/b', '', 'a\\b', 'a/b\n'],
    ...['clips/model.safetensors', 'clips/model.pth', 'clips/model.bin', 'random:tiny', '~/model', 'a/..'],
    ...['a/.hidden', 'a--b/c', 'https://huggingface.co/a/b', `a/${'b'.repeat(100)}`],
  ]
  for (const text of paths) assert.is(parseModelId(text), undefined, text)
  for (const text of ['a/b@', 'a/b@../x', 'a/b@/x', 'a/b@x/', 'a/b@a b', 'a/b#', 'a/b#../x', 'a/b#x/y'])
    assert.throws(() => parseModelId(text), hasCode('ERR_ARGUMENT'), text)
})

settings.run()
