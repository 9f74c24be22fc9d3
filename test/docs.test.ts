/** Pages name only what exists: files, recipes, exports, counts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as library from '../lib/index.js'
import { packageRoot } from '../lib/runtime/package-root.js'

const test = suite('docs')

const read = (page: string) => readFileSync(path.join(packageRoot, page), 'utf8')
const inFolder = (folder: string) =>
  readdirSync(path.join(packageRoot, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
const pages = ['README.md', 'CONTRIBUTING.md', ...inFolder('docs'), ...inFolder('examples')]

/** Links of a page, and paths it shows as code, that lead nowhere. */
function deadEnds(page: string, text: string): string[] {
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(([, link]) =>
    path.join(path.dirname(page), link!),
  )
  const files = [...text.matchAll(/`((?:lib|test|bench|weights)\/[\w./-]+\.\w+)`/g)].map(([, file]) => file!)
  return [...links, ...files].filter((file) => !existsSync(path.join(packageRoot, file)))
}

test('links and files that pages name exist', () => {
  assert.ok(pages.length >= 6)
  assert.equal(
    pages.flatMap((page) => deadEnds(page, read(page)).map((file) => `${page}: ${file}`)),
    [],
  )
})

test('dead ends are found', () => {
  const text =
    '[a](paper.md) [b](nowhere.md#x) [c](https://example.org) `test/no.test.ts` `test/docs.test.ts`'
  assert.equal(deadEnds('docs/README.md', text), ['docs/nowhere.md', 'test/no.test.ts'])
})

test('recipes that docs/paper.md names exist', () => {
  const pattern = /\b((?:as-logged|ablation)\/[\w/.-]*\w)|--recipe ([\w/-]+)/g
  const named = [...read('docs/paper.md').matchAll(pattern)].map(([, bare, given]) => (bare ?? given)!)
  assert.ok(named.length >= 4)
  assert.equal(
    named.filter((name) => !Object.hasOwn(library.RECIPES, name)),
    [],
  )
})

test('counts in docs/paper.md are those that are computed', () => {
  const { VICLIP_B16, VICLIP_L14, CLIP_B16, trainableCount, viclipMacs, clipFrameMacs } = library
  const { adapterCost, parameterCount, RECIPES } = library
  const clip = viclipMacs(VICLIP_B16, 1).video.total
  const adapted = clip + adapterCost(RECIPES['few-shot']!.adapter, VICLIP_B16, 1).macs.video.total
  const counts = [
    ...[VICLIP_B16, VICLIP_L14].map(parameterCount),
    ...['few-shot', 'base-to-novel'].map((name) => trainableCount(RECIPES[name]!.adapter, VICLIP_B16)),
    ...(['full', 'adaptformer', 'lora'] as const).map((method) => trainableCount({ method }, VICLIP_B16)),
    trainableCount({ method: 'full' }, CLIP_B16),
  ].map((count) => count.toLocaleString('en'))
  const macs = [clip, adapted, clipFrameMacs(VICLIP_B16)].map((count) => `${(count / 1e9).toFixed(2)} G`)
  const text = read('docs/paper.md')
  assert.equal(
    [...counts, ...macs].filter((count) => !text.includes(count)),
    [],
  )
})

test('exports that docs/README.md begins with exist', () => {
  const guide = read('docs/README.md').split('Where to begin in the reference:')[1]!
  const methods = Object.getOwnPropertyNames(library.ViCLIP.prototype).concat('load')
  const names = [...guide.matchAll(/`(\w+)`/g)].map(([, name]) => name!)
  assert.ok(names.length > 20)
  assert.equal(
    names.filter((name) => name !== 'code' && !methods.includes(name) && !Object.hasOwn(library, name)),
    [],
  )
})

test.run()
