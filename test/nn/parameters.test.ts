import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ParameterStore, subScope } from '../../lib/nn/parameters.js'
import { scope } from '../../lib/tensor/scope.js'
import { testDevice } from '../support/device.js'
import { hasCode } from '../support/errors.js'
import { noLeaks } from '../tensor/no-leaks.js'

const parameters = suite('parameters')
const test = noLeaks(parameters)
const device = testDevice()
const SHAPES = new Map([
  ['a.weight', [2, 3]],
  ['a.bias', [2]],
  ['b', [4]],
])

test('are found by name and shape, in order', () => {
  const store = ParameterStore.create(device, SHAPES)
  assert.is(store.count, 12)
  assert.equal(
    [...store.entries()].map(([name, { shape }]) => [name, [...shape]]),
    [...SHAPES],
  )
  assert.ok(store.has('b') && !store.has('c'))
  assert.throws(() => store.get('c'), hasCode('ERR_CHECKPOINT', '"c"'))
  assert.throws(() => store.get('b', [2, 2]), hasCode('ERR_CHECKPOINT', '"b" is [4] where [2,2]'))
  const within = store.within('a')
  assert.is(within('bias', [2]), store.get('a.bias'))
  assert.is(subScope((name) => store.get(name), 'a')('weight', [2, 3]), store.get('a.weight'))
  store.dispose()
  store.dispose()
})

test('are frozen until told otherwise, all or some', () => {
  const store = ParameterStore.create(device, SHAPES)
  const trainable = () => [...store.entries()].map(([, { requiresGrad }]) => requiresGrad)
  assert.equal(trainable(), [false, false, false])
  store.setTrainable(true, (name) => name.endsWith('bias'))
  assert.equal(trainable(), [false, true, false])
  store.setTrainable(true)
  store.setTrainable(false, (name) => name === 'b')
  assert.equal(trainable(), [true, true, false])
  store.dispose()
})

test('take values by name and give copies', async () => {
  const store = ParameterStore.create(device, SHAPES)
  store.assign(
    new Map([
      ['a.weight', [1, 2, 3, 4, 5, 6]],
      ['a.bias', [7, 8]],
      ['b', [0, 0, 0, 1]],
    ]),
  )
  const values = await store.values()
  assert.equal([...values.get('a.weight')!.data], [1, 2, 3, 4, 5, 6])
  values.get('a.bias')!.data.fill(0)
  assert.equal([...(await store.get('a.bias').data())], [7, 8])
  assert.throws(() => store.assign(new Map([['c', [1]]])), hasCode('ERR_CHECKPOINT', '"c"'))
  assert.throws(() => store.assign(new Map([['b', [1]]])), hasCode('ERR_SHAPE'))
  store.dispose()
})

test('some of them are the same tensors', () => {
  const store = ParameterStore.create(device, SHAPES)
  const subset = store.subset((name) => name !== 'a.bias')
  assert.equal(
    [...subset.entries()].map(([name]) => name),
    ['a.weight', 'b'],
  )
  assert.is(subset.get('b'), store.get('b'))
  assert.is(subset.count, 10)
  store.dispose()
})

test('outlive the scope they are made in', async () => {
  let store: ParameterStore | undefined
  scope(() => {
    store = ParameterStore.create(device, SHAPES, () => 'bfloat16')
  })
  assert.is(store!.get('b').dtype, 'bfloat16')
  store!.get('b').set([1, 2, 3, 4])
  assert.equal([...(await store!.get('b').data())], [1, 2, 3, 4])
  store!.dispose()
})

parameters.run()
