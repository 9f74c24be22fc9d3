/** Recipe files damaged by the thousand: what is taken can be trained by, all else is refused by name. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MstaError } from '../../lib/runtime/errors.js'
import { checkRecipe, RECIPES, resolveRecipe } from '../../lib/train/recipes.js'
import { chance, changedJson, damaged, isMixed, readEach } from '../support/damage.js'

const folder = mkdtempSync(path.join(tmpdir(), 'msta-hostile-recipes-'))
const file = path.join(folder, 'recipe.json')
const hostile = suite('hostile recipes')
hostile.after(() => rmSync(folder, { recursive: true }))

const RECIPE = {
  extends: 'base-to-novel/ucf101',
  epochs: 20,
  augmentation: 'vifi',
  cropScale: [0.3, 1],
  template: 'a video of {}.',
  adapter: { dim: 64, layers: '8-12', temporal: 'conv' },
}
const OTHERS = [
  RECIPE,
  { adapter: { method: 'lora', rank: 4, text: true, layers: [1, 4] } },
  { extends: 'few-shot', adapter: { method: 'adaptformer', dim: 8, layers: { blocks: [1, 3] } } },
  RECIPES['few-shot'],
]

async function read(): Promise<void> {
  checkRecipe(await resolveRecipe(file))
}

hostile('3000 files with damaged bytes', async () => {
  const draws = chance(31)
  const whole = OTHERS.map((recipe) => Buffer.from(JSON.stringify(recipe, null, 1)))
  isMixed(await readEach('texts', file, 3000, () => damaged(draws.pick(whole), draws), read))
})

hostile('5000 files with other values', async () => {
  const draws = chance(32)
  isMixed(
    await readEach('texts', file, 5000, () => JSON.stringify(changedJson(draws.pick(OTHERS), draws)), read),
  )
})

hostile('3000 changes on the command line', async () => {
  const draws = chance(33)
  const whole = [
    'epochs=2',
    'adapter.layers=1-4',
    'adapter.method=lora',
    'cropScale=[0.3,1]',
    'template=a {}',
  ]
  const builtIn = JSON.stringify(RECIPES)
  let refused = 0
  for (let n = 0; n < 3000; n++) {
    const change = damaged(Buffer.from(draws.pick(whole)), draws).toString()
    try {
      await resolveRecipe('few-shot', [change])
    } catch (error) {
      if (!(error instanceof MstaError)) throw new Error(JSON.stringify(change), { cause: error })
      assert.is(error.code, 'ERR_ARGUMENT')
      refused++
    }
  }
  assert.ok(refused > 0 && refused < 3000, `${refused}`)
  assert.is(JSON.stringify(RECIPES), builtIn, 'the built-in recipes are as they were')
})

hostile.run()
