import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { scope } from '../../lib/tensor/scope.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { testDevice } from '../support/device.js'

import { noLeaks } from './no-leaks.js'

const scopes = suite('scope')
const test = noLeaks(scopes)
const device = testDevice()
const make = () => Tensor.empty(device, [4])

test('disposes what it made, keeps what it returns', () => {
  let inner: Tensor | undefined
  const result = scope(() => {
    inner = make()
    return make()
  })
  assert.ok(inner!.isDisposed)
  assert.not(result.isDisposed)
  result.dispose()
})

test('keeps tensors in arrays, plain objects and maps, however deep', () => {
  const made: Tensor[] = []
  const one = () => {
    made.push(make())
    return made.at(-1)!
  }
  const result = scope(() => ({
    list: [one(), [one()]],
    map: new Map([['a', { deep: one() }]]),
    nothing: null,
    number: 3,
    text: 'x',
  }))
  assert.is(made.length, 3)
  for (const tensor of made) assert.not(tensor.isDisposed)
  assert.is(result.number, 3)
  for (const tensor of made) tensor.dispose()
})

test('does not look into other objects', () => {
  class Holder {
    tensor = make()
  }
  const holder = scope(() => new Holder())
  assert.ok(holder.tensor.isDisposed)
})

test('leaves alone what was made outside, returned or not', () => {
  const outside = make()
  assert.is(
    scope(() => outside),
    outside,
  )
  scope(() => void outside.shape)
  assert.not(outside.isDisposed)
  outside.dispose()
})

test('hands what an inner scope returns to the outer one', () => {
  let inner: Tensor | undefined
  let early: Tensor | undefined
  const result = scope(() => {
    early = make()
    inner = scope(() => {
      make()
      return make()
    })
    assert.not(inner.isDisposed)
    assert.not(early.isDisposed, 'the inner scope took a tensor of the outer one')
    return 1
  })
  assert.is(result, 1)
  assert.ok(inner!.isDisposed)
  assert.ok(early!.isDisposed)
})

test('on a throw disposes everything and goes back to the outer scope', () => {
  const tensors: Tensor[] = []
  const error = new Error('on purpose')
  scope(() => {
    const before = make()
    try {
      scope(() => {
        tensors.push(make(), make())
        throw error
      })
    } catch (caught) {
      assert.is(caught, error)
    }
    assert.not(before.isDisposed)
    tensors.push(make())
  })
  assert.equal(
    tensors.map((tensor) => tensor.isDisposed),
    [true, true, true],
  )
  const outside = make()
  assert.not(outside.isDisposed)
  outside.dispose()
})

test('keep() and share() outlive it; a disposed tensor in the result does no harm', () => {
  let kept: Tensor | undefined
  let shared: Tensor | undefined
  scope(() => {
    kept = make().keep()
    shared = make().share()
    const gone = make()
    gone.dispose()
    return gone
  })
  assert.not(kept!.isDisposed)
  assert.not(shared!.isDisposed)
  assert.ok(shared!.isSoleUser, 'the handle in the scope was not let go')
  kept!.dispose()
  shared!.dispose()
})

test('using lets go at the end of its block', () => {
  let seen: Tensor | undefined
  {
    using tensor = make()
    seen = tensor
    assert.not(tensor.isDisposed)
  }
  assert.ok(seen.isDisposed)
})

scopes.run()
