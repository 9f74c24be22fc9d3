import type { EvaluationResult } from '../evaluate/evaluate.js'
import { perClassAccuracy } from '../evaluate/metrics.js'
import type { RunResult, SystemResult } from '../protocols/result.js'

/** A test of several runs taken together. */
export interface PooledTest {
  perClass: EvaluationResult['perClass']
  /** Sum of the runs' confusion matrices. */
  confusion: number[]
}

/** The test of a name over all runs of a system; undefined where runs have other classes, or none has the test. */
export function pooledTest({ runs }: SystemResult, test: string): PooledTest | undefined {
  const results = runs.flatMap(({ tests }: RunResult) => tests.filter(({ name }) => name === test))
  const [first, ...others] = results.map(({ result }) => result)
  if (!first) return undefined
  const labels = first.perClass.map(({ label }) => label)
  if (first.confusion.length !== labels.length ** 2) return undefined
  const isSame = ({ perClass }: EvaluationResult) =>
    perClass.length === labels.length && perClass.every(({ label }, i) => label === labels[i])
  if (!others.every(isSame)) return undefined
  const confusion = first.confusion.map((count, i) =>
    others.reduce((sum, other) => sum + other.confusion[i]!, count),
  )
  const accuracies = perClassAccuracy(confusion, labels.length)
  const perClass = labels.map((label, c) => {
    const videos = [first, ...others].reduce((sum, result) => sum + result.perClass[c]!.videos, 0)
    return { label, videos, accuracy: videos > 0 ? accuracies[c]! : null }
  })
  return { perClass, confusion }
}
