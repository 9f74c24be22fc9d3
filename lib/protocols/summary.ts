import { harmonicMean, meanAndStd } from '../evaluate/metrics.js'
import type { RunResult, Summary, SystemResult } from './result.js'

/** The figures of a system over its runs. */
export function summarise(
  runs: readonly RunResult[],
  ddof: number,
): Pick<SystemResult, 'top1' | 'top5' | 'base' | 'novel' | 'hm' | 'videos' | 'failed'> {
  const over = summaryOf(runs, ddof)
  const tests = runs.flatMap(({ tests }) => tests.map(({ result }) => result))
  const counts = {
    videos: tests.reduce((sum, { videos }) => sum + videos, 0),
    failed: tests.reduce((sum, { failed }) => sum + failed, 0),
  }
  const isInHalves = runs.every(({ tests }) => tests.some(({ name }) => name === 'novel'))
  if (!isInHalves) return { top1: over(each('top1')), top5: over(each('top5')), ...counts }
  const base = over((run) => [testOf(run, 'base').top1])
  const novel = over((run) => [testOf(run, 'novel').top1])
  const own = over((run) => [harmonicMean(testOf(run, 'base').top1, testOf(run, 'novel').top1)])
  return {
    top1: over((run) => [pooled(run, 'top1')]),
    top5: over((run) => [pooled(run, 'top5')]),
    base,
    novel,
    hm: { ...own, mean: harmonicMean(base.mean, novel.mean) },
    ...counts,
  }
}

type Accuracy = 'top1' | 'top5'

const summaryOf =
  (runs: readonly RunResult[], ddof: number) =>
  (values: (run: RunResult) => number[]): Summary => {
    const all = runs.flatMap(values)
    const { mean, std } = meanAndStd(all, ddof)
    const seeds = runs.flatMap(({ training }) => (training ? [training.seed] : []))
    return { mean, std: Number.isNaN(std) ? null : std, ddof, values: all, seeds }
  }

const each =
  (accuracy: Accuracy) =>
  ({ tests }: RunResult): number[] =>
    tests.map(({ result }) => result[accuracy])

const testOf = ({ tests }: RunResult, name: string) => tests.find((test) => test.name === name)!.result

/** Accuracy over the videos of all tests of a run. */
function pooled({ tests }: RunResult, accuracy: Accuracy): number {
  const videos = tests.reduce((sum, { result }) => sum + result.videos, 0)
  return tests.reduce((sum, { result }) => sum + result[accuracy] * result.videos, 0) / videos
}
