import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adaptFormerParameterCount, adaptFormerTensorShapes } from '../../lib/adapters/adaptformer/config.js'
import { type LayerChoice, resolveLayers } from '../../lib/adapters/blocks.js'
import {
  mstaParameterCount,
  mstaTensorShapes,
  parseFixtureAdapter,
  resolveMstaConfig,
} from '../../lib/adapters/msta/config.js'
import { readHeader } from '../../lib/formats/safetensors.js'
import { parseFixtureConfig, VICLIP_B16, VICLIP_L14, VICLIP_TINY } from '../../lib/models/viclip/config.js'
import { hasCode } from '../support/errors.js'
import { skipUnless } from '../support/skip.js'

const adapter = suite('MSTA configuration')
const fixtures = path.resolve('../shared/fixtures')
const fixtureTest = skipUnless(adapter, existsSync(fixtures), `there is no ${fixtures}`)

adapter('counts the published parameters', () => {
  const count = (options: Parameters<typeof resolveMstaConfig>[0]): number =>
    mstaParameterCount(resolveMstaConfig(options, VICLIP_B16), VICLIP_B16)
  assert.is(count({ dim: 128, layers: [8, 12] }), 1_744_000)
  assert.is(count({ dim: 256, layers: '1-12' }), 8_712_192)
  assert.is(count({ dim: 128, layers: [8, 12], temporal: 'depthwise' }), 1_744_000)
  assert.is(count({ dim: 128, layers: [8, 12], shared: false }), 1_744_000 - 5 * (128 * 128 + 128))
  assert.is(count({ dim: 128, layers: [8, 12], temporal: 'none' }), 1_744_000 - 5 * 768 * 4)
  assert.is(count({}), 1_744_000)
})

adapter('counts AdaptFormer as MSTA without S and V', () => {
  assert.is(adaptFormerParameterCount({ dim: 256, layers: '1-12' }, VICLIP_B16), 7_885_824)
  assert.is(adaptFormerParameterCount({ dim: 64, layers: '1-12', text: false }, VICLIP_B16), 1_189_632)
  const names = [...adaptFormerTensorShapes({ dim: 8, layers: [1, 1], text: false }, VICLIP_B16).keys()]
  assert.equal(names, ['video.0.down.weight', 'video.0.down.bias', 'video.0.up.weight', 'video.0.up.bias'])
})

adapter('names tensors from block 0, with the shapes of the specification', () => {
  const shapes = mstaTensorShapes(resolveMstaConfig({ dim: 96, layers: [8, 8] }, VICLIP_B16), VICLIP_B16)
  assert.equal(Object.fromEntries(shapes), {
    'video.7.down.weight': [96, 768],
    'video.7.down.bias': [96],
    'video.7.up.weight': [768, 96],
    'video.7.up.bias': [768],
    'video.7.temporal.weight': [768, 1, 3, 1, 1],
    'video.7.temporal.bias': [768],
    'text.7.down.weight': [96, 512],
    'text.7.down.bias': [96],
    'text.7.up.weight': [512, 96],
    'text.7.up.bias': [512],
    'shared.7.weight': [96, 96],
    'shared.7.bias': [96],
  })
  const wide = mstaTensorShapes(
    resolveMstaConfig({ dim: 512, layers: '12', temporalKernel: 5 }, VICLIP_B16),
    VICLIP_B16,
  )
  assert.equal(wide.get('video.11.temporal.weight'), [768, 2, 5, 1, 1], 'gcd(512, 768) = 256 groups')
})

adapter('takes ranges, strings and lists of blocks', () => {
  const same: [LayerChoice, number[]][] = [
    [
      [8, 12],
      [8, 9, 10, 11, 12],
    ],
    ['8-12', [8, 9, 10, 11, 12]],
    [' 3 ', [3]],
    [{ blocks: [12, 1, 7] }, [1, 7, 12]],
  ]
  for (const [choice, blocks] of same) assert.equal(resolveLayers(choice, 12), blocks)
  const wrong = [
    [0, 3],
    [8, 13],
    [5, 4],
    [1.5, 3],
    [1, Number.NaN],
    [1, 2, 3],
    'all',
    '',
    '0-3',
    '1-99999999999',
    { blocks: [] },
    { blocks: [1, 1] },
    { blocks: [13] },
    { blocks: 3 },
    7,
    null,
  ]
  for (const choice of wrong) {
    assert.throws(
      () => resolveLayers(choice as LayerChoice, 12),
      hasCode('ERR_ARGUMENT'),
      JSON.stringify(choice),
    )
  }
})

adapter('adapts the deeper encoder alone where the other has no block', () => {
  const config = resolveMstaConfig({ dim: 8, layers: [12, 13] }, VICLIP_L14)
  const names = [...mstaTensorShapes(config, VICLIP_L14).keys()].filter((name) =>
    name.endsWith('down.weight'),
  )
  assert.equal(names, ['video.11.down.weight', 'text.11.down.weight', 'video.12.down.weight'])
  assert.equal(resolveMstaConfig({}, VICLIP_L14).layers, [8, 9, 10, 11, 12])
  assert.equal(resolveMstaConfig({ text: false }, VICLIP_L14).layers, [20, 21, 22, 23, 24])
  assert.equal(resolveMstaConfig({}, VICLIP_TINY).layers, [1, 2, 3])
  assert.throws(
    () => resolveMstaConfig({ video: false, layers: [12, 13] }, VICLIP_L14),
    hasCode('ERR_ARGUMENT', '1-12'),
  )
})

adapter('leaves out what is switched off', () => {
  const kinds = (options: Parameters<typeof resolveMstaConfig>[0]): string[] => {
    const shapes = mstaTensorShapes(resolveMstaConfig({ ...options, layers: '12' }, VICLIP_B16), VICLIP_B16)
    return [...new Set([...shapes.keys()].map((name) => name.replace(/\.\d+|\.weight|\.bias/g, '')))]
  }
  assert.equal(kinds({ text: false }), ['video.down', 'video.up', 'video.temporal', 'shared'])
  assert.equal(kinds({ video: false }), ['text.down', 'text.up', 'shared'])
  assert.equal(kinds({ shared: false, temporal: 'none' }), ['video.down', 'video.up', 'text.down', 'text.up'])
})

adapter('refuses options out of range, by name', () => {
  const wrong = {
    dim: [0, 1.5, Number.NaN, '128'],
    alpha: [Number.NaN, Number.POSITIVE_INFINITY, '1'],
    dropout: [-0.1, 1, Number.NaN],
    temporal: ['conv3d'],
    temporalKernel: [2, 0, -1, Number.NaN],
    video: ['yes'],
    alhpa: [1],
  }
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of values) {
      assert.throws(
        () => resolveMstaConfig({ [field]: value }, VICLIP_B16),
        hasCode('ERR_ARGUMENT', field),
        `${field} ${value}`,
      )
    }
  }
  assert.throws(
    () => resolveMstaConfig({ video: false, text: false }, VICLIP_B16),
    hasCode('ERR_ARGUMENT', 'both off'),
  )
})

fixtureTest("has exactly the tensors of a fixture's adapter", async () => {
  const spec = JSON.parse(readFileSync(path.join(fixtures, 'tiny.json'), 'utf8'))
  const model = parseFixtureConfig(spec)
  const config = parseFixtureAdapter(spec, model)
  const { tensors } = await readHeader(path.join(fixtures, 'tiny.case.safetensors'))
  const prefix = 'msta.param.'
  const stored = [...tensors].filter(([name]) => name.startsWith(prefix))
  const shapes = stored.map(([name, { shape }]) => [name.slice(prefix.length), shape])
  assert.equal([...mstaTensorShapes(config, model)].sort(), shapes.sort())
})

adapter("reads a fixture's options", () => {
  const spec = { adapter: { dim: 16, start: 2, alpha: 0.005, kt: 5, shared: false } }
  const { dim, layers, temporalKernel, shared, dropout } = parseFixtureAdapter(spec, VICLIP_B16)
  assert.equal([dim, layers[0], layers.at(-1), temporalKernel, shared, dropout], [16, 2, 12, 5, false, 0])
  assert.throws(() => parseFixtureAdapter({}, VICLIP_B16), hasCode('ERR_FORMAT', 'adapter.dim'))
})

adapter.run()
