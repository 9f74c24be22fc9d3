import { readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { COMMON, SEARCHED } from '../../bench/adapt-tiny/axes.js'
import type { SearchResult } from '../../bench/adapt-tiny/run.js'
import { search } from '../../bench/adapt-tiny/search.js'
import { DEMO_CHANGES, DEMO_RECIPE, DEMO_SYSTEMS } from '../../lib/cli/demo-systems.js'
import { resolveSystems } from '../../lib/protocols/systems.js'
import { weightsHash } from '../../lib/recognition/weights-hash.js'
import { packageRoot } from '../../lib/runtime/package-root.js'

const test = suite('bench/adapt-tiny')

const file = path.join(packageRoot, 'bench/adapt-tiny/results.json')
const result = JSON.parse(readFileSync(file, 'utf8')) as SearchResult

test('the search goes axis by axis from the best so far, and tries no setting twice', async () => {
  const tried: string[] = []
  const hmOf: Record<string, number> = { 'a=2 b=2': 1, 'a=3 b=2': 2, 'a=3 b=1': 3, 'a=1 b=1': 9 }
  const axes = [
    { key: 'a', values: [1, 2, 3] },
    { key: 'b', values: [1, 2] },
  ]
  const best = await search({ fixed: [], axes }, async (changes) => {
    const name = changes.join(' ')
    tried.push(name)
    const hm = hmOf[name] ?? 0
    return { system: 'any', changes, base: [], novel: [], hm, parameters: 0, seconds: 0 }
  })
  assert.equal(tried, ['a=1 b=2', 'a=2 b=2', 'a=3 b=2', 'a=3 b=1'])
  assert.equal(best.changes, ['a=3', 'b=1'])
})

test('the log is of the weights in the package, and names the best of each system', async () => {
  assert.is(result.weights, await weightsHash('msta-tiny'))
  assert.equal(
    result.best.map(({ system }) => system),
    ['zero-shot', ...SEARCHED.map(({ system }) => system)],
  )
  for (const best of result.best) {
    const trials = result.trials.filter(({ system }) => system === best.system)
    assert.is(best.hm, Math.max(...trials.map(({ hm }) => hm)))
    assert.is(best.base.length, best.system === 'zero-shot' ? 1 : result.seeds.length)
  }
})

test('recipe and demo are what was found', async () => {
  const request = {
    protocol: 'base-to-novel',
    data: { root: '', labels: '', test: '', train: '' },
    model: { source: 'msta-tiny' },
    systems: DEMO_SYSTEMS,
    descriptions: { spatial: '', temporal: '' },
  } as const
  const found = result.best.flatMap(({ system, changes }) => changes.map((change) => `${system}:${change}`))
  const own = await resolveSystems({ ...request, changes: found })
  const used = await resolveSystems({ ...request, recipe: DEMO_RECIPE, changes: DEMO_CHANGES })
  const settings = ({ name, recipe }: (typeof own)[number]) => ({
    ...recipe,
    name,
    adapter: recipe && { ...recipe.adapter, layers: String(recipe.adapter.layers).replace(',', '-') },
  })
  assert.equal(used.map(settings), own.map(settings))
  assert.ok(found.some((change) => change.endsWith(COMMON[0])))
})

test.run()
