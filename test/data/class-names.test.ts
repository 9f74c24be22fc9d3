import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ClassFinder } from '../../lib/data/class-names.js'
import { normaliseClassName } from '../../lib/text/class-name.js'

const test = suite('data/class-names')

test('spellings of one class are one name', () => {
  for (const spelling of ['ApplyEyeMakeup', 'Apply Eye Makeup', 'apply_eye_makeup', 'Apply-Eye-Makeup'])
    assert.is(normaliseClassName(spelling), 'applyeyemakeup')
  assert.is(normaliseClassName('Holding [something]'), normaliseClassName('Holding something'))
  assert.is(normaliseClassName('\uff21rchery'), 'archery')
  assert.is(normaliseClassName('弓道 射'), '弓道射')
  assert.is.not(normaliseClassName('pullup'), normaliseClassName('pull ups'))
})

test('a name is found as written before it is normalised', () => {
  const classes = new ClassFinder(['a b', 'AB', 'c d'])
  assert.equal(
    ['a b', 'AB', 'C_D', 'e'].map((name) => classes.find(name)),
    [0, 1, 2, undefined],
  )
  assert.is(classes.find('ab'), undefined)
})

test.run()
