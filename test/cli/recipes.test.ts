import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RECIPES, type Recipe, resolveRecipe } from '../../lib/index.js'
import { makeFolder, msta, mstaJson } from './helpers.js'

const listing = suite('msta recipes')
const { folder, remove } = makeFolder()
listing.after(remove)

listing('lists every recipe with what it is for', async () => {
  const { status, stdout } = await msta(['recipes'])
  assert.is(status, 0)
  const lines = stdout.trimEnd().split('\n')
  assert.equal(
    lines.slice(1).map((line) => line.split(' ')[0]),
    Object.keys(RECIPES),
  )
  assert.match(
    lines.find((line) => line.startsWith('base-to-novel/ucf101'))!,
    /32 +0\.001 +11 +1 +2 +0\.005 +256 +1-12 +paper +16 clips/,
  )
  const { json } = await mstaJson<Record<string, Recipe>>(['recipes'])
  assert.equal(json, RECIPES)
})

listing('prints one as a file to train with', async () => {
  const name = 'base-to-novel/ucf101'
  const { stdout } = await msta(['recipes', name])
  const file = path.join(folder, 'mine.json')
  writeFileSync(file, stdout)
  assert.equal(await resolveRecipe(file), RECIPES[name])
  assert.equal((await mstaJson<Recipe>(['recipes', name])).json, RECIPES[name])
})

listing('an unknown one is a wrong call', async () => {
  const { status, stdout, stderr } = await msta(['recipes', 'base-to-novel/ucf'])
  assert.equal([status, stdout], [2, ''])
  assert.match(stderr, '"base-to-novel/ucf"')
})

listing.run()
