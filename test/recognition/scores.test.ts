import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { meanRow, softmax, topKClasses } from '../../lib/recognition/scores.js'

const scores = suite('scores')

scores('softmax sums to one and survives large logits', () => {
  const p = [...softmax(Float64Array.of(0, Math.log(3))), ...softmax(Float64Array.of(1000, 1000))]
  for (const [i, expected] of [0.25, 0.75, 0.5, 0.5].entries()) assert.ok(Math.abs(p[i]! - expected) < 1e-7)
})

scores('averages views class by class', () => {
  assert.equal([...meanRow([Float64Array.of(0, 1), Float64Array.of(1, 0)])], [0.5, 0.5])
  assert.equal([...meanRow([Float64Array.of(0.5, 0.5), Float64Array.of(0.25, 0.75)])], [0.375, 0.625])
})

scores('the best classes come first, ties by the lower index, NaN last', () => {
  const row = Float32Array.of(0.2, 0.4, 0.4, 0.1)
  assert.equal(topKClasses(row, 3), [1, 2, 0])
  assert.equal(topKClasses(row, 9), [1, 2, 0, 3])
  assert.equal(topKClasses([Number.NaN, 1, 2], 3), [2, 1, 0])
})

scores.run()
