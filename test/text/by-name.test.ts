import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readLabels } from '../../lib/data/labels.js'
import { mapByName } from '../../lib/text/by-name.js'
import { countTooLong, readDescriptions } from '../../lib/text/descriptions.js'
import { hasCode } from '../support/errors.js'
import { skipUnless } from '../support/skip.js'
import { sharedData } from '../video/helpers.js'

const byName = suite('mapByName')

byName('takes entries by name, however it is spelt', () => {
  const from = ['ApplyEyeMakeup', 'brush_hair', 'Push-Up', 'run']
  assert.equal(mapByName([0, 1, 2, 3], from, ['push up', 'Apply Eye Makeup', 'Brush Hair']), [2, 0, 1])
  assert.equal(mapByName([0, 1], ['pushUp', 'push up'], ['push up', 'pushUp']), [1, 0])
})

byName('names the classes that are missing or could be two', () => {
  const wrong: [string[], string[], string[]][] = [
    [['run'], ['run', 'walk', 'sit'], ['all.csv', '"walk", "sit"']],
    [[], 'abcdefg'.split(''), ['"e" and 2 more']],
    [['pushUp', 'push up'], ['push-up'], ['"push-up"', '"pushUp" or "push up"']],
  ]
  for (const [from, to, parts] of wrong)
    assert.throws(() => mapByName(from, from, to, 'all.csv'), hasCode('ERR_LABELS', ...parts))
  assert.throws(
    () => mapByName([1], ['a', 'b'], ['a'], 'all.csv'),
    hasCode('ERR_LABELS', 'all.csv', '1', '2'),
  )
})

const lists = path.join(sharedData ?? '', 'lists')
const withLists = skipUnless(byName, sharedData !== undefined, 'there is no ../shared/data')

withLists("ETL4Video's halves are its whole files, by name", async () => {
  for (const [set, labels] of [
    ['hmdb', 'hmdb_51'],
    ['ucf_101', 'ucf_101'],
  ])
    for (const half of ['base', 'novel'])
      for (const kind of ['s', 't']) {
        const read = (suffix: string) =>
          readDescriptions(path.join(lists, 'descriptions', `2_${kind}_description_${set}${suffix}.json`))
        const names = async (suffix: string) =>
          (await readLabels(path.join(lists, 'labels', `${labels}${suffix}_labels.csv`))).names
        const mapped = mapByName(await read(''), await names(''), await names(`_${half}`))
        assert.equal(mapped, await read(`_${half}`), `${set} ${half} ${kind}`)
      }
})

withLists("ETL4Video's odd files: a ragged list, sentences beyond the context", async () => {
  const read = async (name: string, labels: string) => {
    const { names } = await readLabels(path.join(lists, 'labels', labels))
    return readDescriptions(path.join(lists, 'descriptions', name), { classes: names.length })
  }
  const k400 = await read('8_s_description_k400.json', 'kinetics_400_labels.csv')
  assert.equal([k400.length, k400[174]!.length, k400[0]!.length], [400, 1, 8])
  const ssv2 = await read('2_t_description_ssv2.json', 'ssv2_labels.csv')
  assert.is(ssv2.flat().length, 348)
  assert.is(await countTooLong(ssv2.flat()), 95)
})

byName('sentences of exactly the context are not too long', async () => {
  const words = (count: number) => Array.from({ length: count }, () => 'run').join(' ')
  assert.is(await countTooLong([words(30), words(31), 'run']), 1)
  assert.is(await countTooLong([words(3)], 4), 1)
  assert.is(await countTooLong([]), 0)
})

byName.run()
