import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  confusionMatrix,
  harmonicMean,
  meanAndStd,
  perClassAccuracy,
  predictions,
  topKAccuracy,
} from '../../lib/evaluate/metrics.js'
import { hasCode } from '../support/errors.js'

const metrics = suite('metrics')

metrics('breaks ties by the lower class index', () => {
  const scores = Float32Array.of(0.2, 0.4, 0.4, 0.1)
  assert.equal([...predictions(scores, 4)], [1])
  assert.is(topKAccuracy(scores, [1], 4, 1), 1)
  assert.is(topKAccuracy(scores, [2], 4, 1), 0)
  assert.is(topKAccuracy(scores, [2], 4, 2), 1)
  assert.is(topKAccuracy(scores, [3], 4, 3), 0)
})

metrics('counts shares over rows, and never a NaN as a hit', () => {
  const scores = Float32Array.of(1, 0, 0, 1, 0, 1, Number.NaN, Number.NaN)
  assert.is(topKAccuracy(scores, [0, 0, 1, 0], 2, 1), 0.5)
  assert.is(topKAccuracy(scores, [0, 0, 1, 0], 2, 2), 0.75)
  assert.throws(() => topKAccuracy(scores, [0, 0, 1, 2], 2, 1), hasCode('ERR_ARGUMENT', 'index 3'))
  assert.throws(() => topKAccuracy(scores, [0], 2, 1), hasCode('ERR_SHAPE', '4 rows'))
  assert.throws(() => topKAccuracy(scores, [0, 0, 1, 0], 2, 0), hasCode('ERR_ARGUMENT', 'k'))
})

metrics('tabulates labels against predictions', () => {
  const confusion = confusionMatrix([0, 1, 1, 0], [0, 1, 0, 0], 3)
  assert.equal([...confusion], [2, 1, 0, 0, 1, 0, 0, 0, 0])
  assert.equal([...perClassAccuracy(confusion, 3)].map(String), ['0.6666666666666666', '1', 'NaN'])
  assert.throws(() => confusionMatrix([3], [0], 3), hasCode('ERR_ARGUMENT'))
  assert.throws(() => perClassAccuracy(confusion, 2), hasCode('ERR_SHAPE'))
})

metrics('computes means as papers report them', () => {
  assert.is(harmonicMean(0.8, 0.4).toFixed(12), '0.533333333333')
  assert.is(harmonicMean(0, 0), 0)
  assert.throws(() => harmonicMean(-1, 1), hasCode('ERR_ARGUMENT'))
  assert.equal(meanAndStd([1, 2, 3, 4]), { mean: 2.5, std: Math.sqrt(1.25), ddof: 0, count: 4 })
  assert.is(meanAndStd([1, 2, 3], 1).std, 1)
  assert.ok(Number.isNaN(meanAndStd([1], 1).std))
  assert.ok(Number.isNaN(meanAndStd([]).mean))
})

metrics.run()
