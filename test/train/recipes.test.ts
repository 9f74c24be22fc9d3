import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mstaParameterCount, resolveMstaConfig } from '../../lib/adapters/msta/config.js'
import { VICLIP_B16 } from '../../lib/models/viclip/config.js'
import { checkRecipe, RECIPE_NOTES, RECIPES, type Recipe, resolveRecipe } from '../../lib/train/recipes.js'
import { hasCode, rejection } from '../support/errors.js'
import { makeFolder } from '../video/helpers.js'

const recipes = suite('recipes')
const { folder, remove } = makeFolder()
recipes.after(remove)

let count = 0
function write(content: unknown): string {
  const file = path.join(folder, `${count++}.json`)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

recipes('the built-in ones are the rows of the specification', async () => {
  // Batch, learning rate, epochs, lambda, alpha, r, blocks, N: SPEC section 4.
  const rows: Record<string, unknown[]> = {
    'base-to-novel': [32, 1e-3, 11, 1, 0.005, 256, [1, 12], 2],
    'few-shot': [32, 1e-3, 50, 1, 0.005, 128, [8, 12], 2],
    'zero-shot': [256, 8e-3, 100, 1, 0.001, 128, [1, 12], 2],
    supervised: [256, 8e-3, 100, 1, 0.001, 128, [1, 12], 2],
    'as-logged': [32, 1e-3, 50, 1, 0.005, 128, [8, 12], 2],
    'as-logged/few-shot/ucf101': [32, 1e-3, 50, 1, 0.005, 128, [8, 12], 8],
    'as-logged/few-shot/ssv2': [32, 1e-3, 50, 1, 0.005, 128, [8, 12], 8],
  }
  const dataSets: Record<string, string[]> = {
    'base-to-novel': ['k400', 'ssv2', 'hmdb51', 'ucf101'],
    'few-shot': ['ssv2', 'hmdb51', 'ucf101'],
    'zero-shot': ['k400'],
    supervised: ['k400'],
    'as-logged': [
      ...['k400', 'ssv2', 'hmdb51', 'ucf101'].map((set) => `base-to-novel/${set}`),
      'few-shot/hmdb51',
    ],
  }
  for (const [name, sets] of Object.entries(dataSets))
    for (const set of sets) rows[`${name}/${set}`] = rows[name]!
  const known = Object.keys(RECIPES).filter((name) => !/^(ablation\/|small)/.test(name))
  assert.equal(known.sort(), Object.keys(rows).sort())
  for (const [name, row] of Object.entries(rows)) {
    const recipe = await resolveRecipe(name)
    const { batchSize, learningRate, epochs, lambda, adapter, descriptionsPerClass } = recipe
    const { alpha, dim, layers } = adapter
    assert.equal(
      [batchSize, learningRate, epochs, lambda, alpha, dim, layers, descriptionsPerClass],
      row,
      name,
    )
    assert.equal([recipe.warmupEpochs, recipe.weightDecay, adapter.dropout], [5, 1e-3, 0.1], name)
    assert.is(recipe.name, name)
    const logged = name.startsWith('as-logged')
    assert.is(recipe.template, logged ? 'a photo of a {}' : 'a video of {}.')
    assert.is(recipe.seed, logged ? 2048 : 0)
    assert.is(RECIPE_NOTES[name]!.source, logged ? 'logs' : 'paper')
    const parameters = mstaParameterCount(resolveMstaConfig(adapter, VICLIP_B16), VICLIP_B16)
    if (name.startsWith('few-shot')) assert.is(parameters, 1_744_000)
    if (name.startsWith('base-to-novel')) assert.is(parameters, 8_712_192)
  }
})

recipes('an ablation differs from the few-shot recipe in what its name says', async () => {
  const changes: Record<string, string> = {
    'video-only': 'adapter.text=false',
    'text-only': 'adapter.video=false',
    'no-shared': 'adapter.shared=false',
    'no-temporal': 'adapter.temporal=none',
    depthwise: 'adapter.temporal=depthwise',
  }
  for (const dim of [64, 128, 256, 512]) changes[`dim-${dim}`] = `adapter.dim=${dim}`
  for (const alpha of [0.001, 0.005, 0.01, 0.05]) changes[`alpha-${alpha}`] = `adapter.alpha=${alpha}`
  for (const lambda of [0, 0.5, 1, 2]) changes[`lambda-${lambda}`] = `lambda=${lambda}`
  for (const count of [2, 4, 8]) changes[`descriptions-${count}`] = `descriptionsPerClass=${count}`
  for (const blocks of ['1-6', '1-12', '7-12', '8-12', '10-12'])
    changes[`blocks-${blocks}`] = `adapter.layers=${blocks}`
  const known = Object.keys(RECIPES).filter((name) => name.startsWith('ablation/'))
  assert.equal(
    known.sort(),
    Object.keys(changes)
      .map((name) => `ablation/${name}`)
      .sort(),
  )
  for (const [name, change] of Object.entries(changes)) {
    const recipe = await resolveRecipe(`ablation/${name}`)
    const expected = await resolveRecipe('few-shot', [change])
    const config = ({ adapter }: Recipe) => resolveMstaConfig(adapter, VICLIP_B16)
    assert.equal(config(recipe), config(expected), name)
    assert.equal({ ...recipe, adapter: {} }, { ...expected, name: `ablation/${name}`, adapter: {} }, name)
    assert.ok(RECIPE_NOTES[`ablation/${name}`]!.about.length > 0)
  }
})

recipes('a file may extend any built-in recipe', async () => {
  const given = { extends: 'base-to-novel/ucf101', about: 'mine', epochs: 4, adapter: { alpha: 1 } }
  const recipe = await resolveRecipe(write({ $schema: 'x', name: 'mine', source: 'ours', ...given }))
  const base = RECIPES['base-to-novel/ucf101']!
  assert.equal(recipe, { ...base, name: 'mine', epochs: 4, adapter: { ...base.adapter, alpha: 1 } })
})

recipes('changes apply in order, and not to the built-in recipe', async () => {
  const before = structuredClone(RECIPES['few-shot'])
  const recipe = await resolveRecipe('few-shot', [
    'epochs=2',
    'epochs=3',
    'learningRate=2e-4',
    'lambda=0',
    'template=people {} = fun',
    'augmentation=vifi',
    'cropScale=[0.5,1]',
    'cropRatio=[1,1]',
    'adapter.dim=64',
    'adapter.layers=1-4',
    'adapter.temporal=none',
    'adapter.shared=false',
  ])
  assert.equal(
    [recipe.epochs, recipe.learningRate, recipe.lambda, recipe.template, recipe.augmentation],
    [3, 2e-4, 0, 'people {} = fun', 'vifi'],
  )
  assert.equal(
    [recipe.cropScale, recipe.cropRatio],
    [
      [0.5, 1],
      [1, 1],
    ],
  )
  const { dim, layers, temporal, shared } = recipe.adapter
  assert.equal([dim, layers, temporal, shared], [64, '1-4', 'none', false])
  assert.equal(RECIPES['few-shot'], before)
})

recipes('another method comes first wherever it stands, with its own options', async () => {
  const { adapter } = await resolveRecipe('few-shot', [
    'adapter.rank=4',
    'adapter.layers=1-2',
    'adapter.method=lora',
    'adapter.text=true',
  ])
  assert.equal(adapter, { method: 'lora', rank: 4, layers: '1-2', text: true })
  const changed = async (...changes: string[]) => (await resolveRecipe('few-shot', changes)).adapter
  assert.equal(await changed('adapter.method=adaptformer', 'adapter.scale=0.2'), {
    method: 'adaptformer',
    scale: 0.2,
  })
  assert.equal(await changed('adapter.method=full'), { method: 'full' })
  assert.equal(await changed('adapter.method=msta'), RECIPES['few-shot']!.adapter)
  const file = write({ adapter: { method: 'lora', rank: 16 } })
  assert.equal((await resolveRecipe(file)).adapter, { method: 'lora', rank: 16 })
  assert.equal((await resolveRecipe(file, ['adapter.method=lora', 'adapter.rank=8'])).adapter.rank, 8)
  const back = await resolveRecipe(file, ['adapter.method=msta', 'adapter.dim=7'])
  assert.equal(back.adapter, { ...RECIPES['few-shot']!.adapter, dim: 7 })
  assert.is(RECIPES['few-shot']!.adapter.dim, 128)
})

recipes('wrong changes are refused by name', async () => {
  const wrong: [string, string][] = [
    ['epochs', 'key=value'],
    ['=3', 'key=value'],
    ['epoch=3', 'unknown key "epoch"'],
    ['name=x', 'unknown key "name"'],
    ['adapter=1', 'unknown key "adapter"'],
    ['adapter.rank=1', 'unknown key "adapter.rank"'],
    ['adapter.dim=0', 'dim'],
    ['adapter.layers=4-1', 'layers'],
    ['adapter.temporal=some', 'temporal'],
    ['descriptionsPerClass=0', 'descriptionsPerClass'],
    ['adapter.method=prompts', 'unknown method "prompts"'],
    ['adapter.method', 'key=value'],
    ['other.dim=1', 'unknown key "other.dim"'],
    ['adapter.a.dim=1', 'unknown key'],
    ['epochs=many', '"many" is no value'],
    ['epochs=', 'no value'],
    ['epochs=0', 'epochs'],
    ['epochs=1.5', 'epochs'],
    ['epochs="3"', 'epochs'],
    ['batchSize=0', 'batchSize'],
    ['seed=-1', 'seed'],
    ['learningRate=-1', 'learningRate'],
    ['lambda=null', 'lambda'],
    ['weightDecay=[]', 'weightDecay'],
    ['augmentation=strong', 'augmentation'],
    ['cropScale=0.5', 'cropScale'],
    ['cropScale=[0,1]', 'cropScale'],
    ['cropScale=[0.5,1.1]', 'at most 1'],
    ['cropScale=[0.5,1,1]', 'cropScale'],
    ['cropRatio=[2,1]', 'cropRatio'],
    ['cropRatio=["1",2]', 'cropRatio'],
    ['cropRatio=[1,null]', 'cropRatio'],
    ['template=nothing', 'template'],
    ['constructor=1', 'unknown key "constructor"'],
    ['toString=1', 'unknown key "toString"'],
  ]
  for (const [change, part] of wrong) {
    const error = await rejection(resolveRecipe('few-shot', [change]))
    assert.ok(hasCode('ERR_ARGUMENT', part)(error), change)
  }
})

recipes('a JSON file fills up from the few-shot recipe', async () => {
  const file = write({ epochs: 4, adapter: { dim: 16 }, lambda: 0 })
  const recipe = await resolveRecipe(file, ['batchSize=7'])
  const { name: _, ...rest } = RECIPES['few-shot']!
  const expected = { ...rest, epochs: 4, lambda: 0, batchSize: 7, adapter: { ...rest.adapter, dim: 16 } }
  assert.equal(recipe, { name: file, ...expected })
})

recipes('names and files that are no recipe are refused', async () => {
  const wrong: [string, Parameters<typeof hasCode>[0], ...string[]][] = [
    ['few-shots', 'ERR_ARGUMENT', '"few-shots"', 'few-shot', 'base-to-novel'],
    ['constructor', 'ERR_ARGUMENT', '"constructor"'],
    ['', 'ERR_ARGUMENT'],
    [path.join(folder, 'nowhere.json'), 'ERR_FILE', 'nowhere.json'],
    [write('{'), 'ERR_FORMAT', '.json'],
    [write('[]'), 'ERR_FORMAT', '.json'],
    [write('null'), 'ERR_FORMAT', '.json'],
    [write({ epoch: 3 }), 'ERR_ARGUMENT', '"epoch"'],
    [write({ epochs: '3' }), 'ERR_ARGUMENT', 'epochs'],
    [write({ template: 3 }), 'ERR_ARGUMENT', 'template'],
    [write({ extends: 'few-shots' }), 'ERR_ARGUMENT', '"few-shots"'],
    [write({ extends: 'toString' }), 'ERR_ARGUMENT', '"toString"'],
    [write({ adapter: 3 }), 'ERR_ARGUMENT', 'adapter'],
    [write({ adapter: { rank: 3 } }), 'ERR_ARGUMENT', '"rank"'],
    [write({ name: 3 }), 'ERR_ARGUMENT', 'name'],
    [write({ adapter: { method: 'prompts' } }), 'ERR_ARGUMENT', 'unknown method "prompts"'],
  ]
  for (const [name, code, ...parts] of wrong)
    assert.ok(hasCode(code, ...parts)(await rejection(resolveRecipe(name))), name)
})

recipes('recipes made in a program are checked too', () => {
  const good = RECIPES['few-shot']!
  assert.is(checkRecipe(good), good)
  const wrong: Partial<Record<keyof Recipe | 'extra', unknown>>[] = [
    { epochs: 0 },
    { batchSize: Number.NaN },
    { learningRate: Number.POSITIVE_INFINITY },
    { warmupEpochs: -1 },
    { extra: 1 },
  ]
  for (const change of wrong)
    assert.throws(
      () => checkRecipe({ ...good, ...change } as Recipe),
      hasCode('ERR_ARGUMENT', Object.keys(change)[0]!),
    )
})

recipes.run()
