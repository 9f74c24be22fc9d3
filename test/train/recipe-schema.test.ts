/** recipes.schema.json, for editors and people, says what the code takes. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { METHOD_NAMES } from '../../lib/adapters/methods.js'
import { packageRoot } from '../../lib/runtime/package-root.js'
import { RECIPES, resolveRecipe } from '../../lib/train/recipes.js'
import { makeFolder } from '../video/helpers.js'

const schema = suite('recipe schema')
const { folder, remove } = makeFolder()
schema.after(remove)

const read = (name: string) =>
  JSON.parse(readFileSync(path.join(packageRoot, 'lib/train/recipes', name), 'utf8'))
const isValid = new Ajv2020({ strict: true, strictRequired: false, allErrors: true }).compile(
  read('recipes.schema.json'),
)

/** Whether the code takes a recipe file of this content. */
async function isTaken(content: unknown): Promise<boolean> {
  const file = path.join(folder, 'recipe.json')
  writeFileSync(file, JSON.stringify(content))
  return resolveRecipe(file).then(
    () => true,
    () => false,
  )
}

schema('holds for the built-in recipes, as written and in full', async () => {
  assert.ok(isValid(read('recipes.json')), JSON.stringify(isValid.errors))
  for (const [name, recipe] of Object.entries(RECIPES)) {
    assert.ok(isValid(recipe), `${name}: ${JSON.stringify(isValid.errors)}`)
    assert.ok(await isTaken(recipe), name)
  }
})

const VALUES = [0, 1, 2, -1, 0.5, 1e-3, 1e9, true, false, null, '', 'x', 'a {}', '1-4', '5', '0-3', 'paper']
const MORE_VALUES = [
  'vifi',
  'none',
  'conv',
  'depthwise',
  'few-shot',
  [],
  [1, 2],
  [0, 2],
  [1, 2, 3],
  [1, '2'],
  {},
]
const BLOCKS = [[1, 3], [], [1, 1], [0], ['1'], 3].map((blocks) => ({ blocks }))

schema('agrees with the code on every key and many values', async () => {
  const { properties } = read('recipes.schema.json').$defs.recipe
  const adapter = read('recipes.schema.json').$defs.adapter.properties
  assert.equal(
    Object.keys(RECIPES['few-shot']!).filter((key) => !Object.hasOwn(properties, key)),
    [],
  )
  const texts = ['$schema', 'extends', 'about', 'source']
  const checked = Object.keys(properties).filter((key) => !texts.includes(key))
  const values = [...VALUES, ...MORE_VALUES, ...BLOCKS]
  const disagreements: string[] = []
  let [taken, refused] = [0, 0]
  const compare = async (content: unknown) => {
    const isGood = await isTaken(content)
    if (isGood) taken++
    else refused++
    if (isValid(content) !== isGood) disagreements.push(`${JSON.stringify(content)}: taken ${isGood}`)
  }
  for (const value of values) {
    for (const key of [...checked, 'epoch', 'unknown']) await compare({ [key]: value })
    for (const key of [...Object.keys(adapter), 'unknown']) {
      await compare({ adapter: { [key]: value } })
      for (const method of METHOD_NAMES)
        if (key !== 'method') await compare({ adapter: { method, [key]: value } })
    }
  }
  for (const method of [...METHOD_NAMES, 'prompts', 'toString']) await compare({ adapter: { method } })
  await compare({ adapter: { video: false, text: false } })
  await compare({ adapter: { video: true, text: false } })
  await compare([])
  await compare(null)
  await compare('few-shot')
  assert.equal(disagreements, [])
  assert.ok(taken > 50 && refused > 300, `${taken} taken, ${refused} refused`)
})

schema.run()
