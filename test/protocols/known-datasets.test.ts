import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readLabels } from '../../lib/data/labels.js'
import { readList } from '../../lib/data/lists.js'
import { DATASET_NAMES, knownDataset } from '../../lib/protocols/known-datasets.js'
import { listOf, PROTOCOLS } from '../../lib/protocols/request.js'
import { hasCode, rejection } from '../support/errors.js'
import { skipUnless } from '../support/skip.js'
import { makeFolder, sharedData } from '../video/helpers.js'

const known = suite('known data sets')
const { folder, remove } = makeFolder()
known.after(remove)
const withLists = skipUnless(known, sharedData !== undefined, 'there are no lists beside the repository')
const root = 'videos'

function put(file: string): string {
  const whole = path.join(folder, file)
  mkdirSync(path.dirname(whole), { recursive: true })
  writeFileSync(whole, '')
  return whole
}

known('files are those of a checkout of ViFi-CLIP', async () => {
  const test = [1, 2, 3].map((split) => put(`datasets_splits/k600_splits/ZS_split${split}_K600_eval.txt`))
  const labels = [1, 2, 3].map((split) => put(`labels/ZS_split${split}_K600.csv`))
  const found = await knownDataset('k600', 'zero-shot', { root, lists: folder })
  assert.equal(found, { data: { root, test, labels }, views: '1x1', recipe: 'zero-shot' })
  const inner = await knownDataset('k600', 'zero-shot', { root, lists: path.join(folder, 'datasets_splits') })
  assert.equal(inner, found)
})

known('what is unknown or missing is told', async () => {
  const lists = folder
  const wrong: [string, (typeof PROTOCOLS)[number], 'ERR_ARGUMENT' | 'ERR_FILE', string][] = [
    ['kinetics', 'few-shot', 'ERR_ARGUMENT', 'ucf101'],
    ['k600', 'few-shot', 'ERR_ARGUMENT', 'zero-shot'],
    ['ssv2', 'few-shot', 'ERR_FILE', 'ssv2_splits'],
  ]
  for (const [name, protocol, code, part] of wrong)
    assert.ok(hasCode(code, part)(await rejection(knownDataset(name, protocol, { root, lists }))))
})

withLists('the public lists have the counts of the protocols', async () => {
  const lists = path.join(sharedData!, 'lists')
  const descriptions = path.join(lists, 'descriptions')
  const counts: Record<string, number[]> = {}
  for (const name of ['ucf101', 'hmdb51'])
    for (const protocol of PROTOCOLS.slice(0, 3)) {
      const { data } = await knownDataset(name, protocol, { root, lists, descriptions })
      const labels = await readLabels(listOf(data.labels)[0]!)
      const files = [...listOf(data.train ?? []), ...listOf(data.test)]
      const sizes: number[] = []
      for (const file of files) sizes.push((await readList(file, { names: labels.names })).entries.length)
      if (data.novel) {
        const { names } = await readLabels(data.novel.labels)
        sizes.push((await readList(data.novel.test, { names })).entries.length)
      }
      counts[`${name} ${protocol}`] = sizes
    }
  assert.equal(counts, {
    'ucf101 zero-shot': [3783, 3734, 3696],
    'ucf101 few-shot': [202, 404, 808, 1616, 3783],
    'ucf101 base-to-novel': [816, 816, 816, 2088, 1695],
    'hmdb51 zero-shot': [1530, 1530, 1530],
    'hmdb51 few-shot': [102, 204, 408, 816, 1530],
    'hmdb51 base-to-novel': [416, 416, 416, 780, 750],
  })
  assert.ok(DATASET_NAMES.length >= 5)
})

withLists('descriptions are those of the trained half, views and recipe those of the data set', async () => {
  const lists = path.join(sharedData!, 'lists')
  const descriptions = path.join(lists, 'descriptions')
  const found = await knownDataset('ucf101', 'base-to-novel', { root, lists, descriptions })
  assert.equal(found.descriptions, {
    spatial: path.join(descriptions, '2_s_description_ucf_101_base.json'),
    temporal: path.join(descriptions, '2_t_description_ucf_101_base.json'),
  })
  assert.equal([found.views, found.recipe], ['5x3', 'base-to-novel/ucf101'])
  const other = await knownDataset('ucf101', 'base-to-novel', {
    ...{ root, lists, descriptions, recipe: 'ablation/descriptions-4' },
  })
  assert.match(JSON.stringify(other.descriptions), '4_s_description_ucf_101_base.json')
  assert.is(other.recipe, 'ablation/descriptions-4')
})

known.run()
