import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { describeMotions } from '../../lib/data/motion-descriptions.js'
import { COMPOUND_MOTION_HALVES, COMPOUND_MOTION_NAMES } from '../../lib/data/synthetic.js'
import { countTooLong } from '../../lib/text/descriptions.js'

const test = suite('data/motion-descriptions')

const { spatial, temporal } = describeMotions(COMPOUND_MOTION_NAMES)

test('every class has sentences of its own, none cut by the text encoder', async () => {
  for (const kind of [spatial, temporal]) {
    assert.is(kind.length, COMPOUND_MOTION_NAMES.length)
    assert.ok(kind.every((sentences) => sentences.length === 2))
    const all = kind.flat()
    assert.is(new Set(all).size, all.length)
    assert.is(await countTooLong(all), 0)
  }
})

test('what happens is told from before to after', () => {
  const told = temporal[COMPOUND_MOTION_NAMES.indexOf('growing while moving left')]![0]!
  const order = ['small', 'on the right', 'bigger', 'to the left', 'large', 'on the left']
  const places = order.map((words) => told.indexOf(words))
  assert.equal(
    places,
    [...places].sort((a, b) => a - b),
  )
  assert.ok(places[0]! >= 0)
})

test('the halves have the changes in common, and no way', () => {
  const { base, novel } = COMPOUND_MOTION_HALVES
  assert.equal([...base, ...novel].sort(), [...COMPOUND_MOTION_NAMES].sort())
  const parts = (names: readonly string[], part: number) =>
    [...new Set(names.map((name) => name.split(' while ')[part]!))].sort()
  assert.equal(parts(base, 0), parts(novel, 0))
  assert.equal(
    [parts(base, 1), parts(novel, 1)],
    [
      ['moving left', 'moving right'],
      ['moving down', 'moving up'],
    ],
  )
})

test.run()
