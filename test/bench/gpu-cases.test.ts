/** What the benchmark measures: cases for the GPU, counted work, the choice of suites, contests between processes. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Budget } from '../../bench/budget.js'
import { contest, ourFigures, peerFigures } from '../../bench/contest.js'
import { gpuCases } from '../../bench/gpu-cases.js'
import { chooseSuites } from '../../bench/suites.js'
import { forwardFlops, stepFlops } from '../../bench/work.js'
import { resolveMstaConfig } from '../../lib/adapters/msta/config.js'
import { VICLIP_B16 } from '../../lib/models/viclip/config.js'
import { videoMacs } from '../../lib/models/viclip/flops.js'
import { specs as adamw } from '../../native/kernels/adamw/adamw.spec.js'
import { specs as attention } from '../../native/kernels/attention/attention.spec.js'
import { specs as combine } from '../../native/kernels/combine/combine.spec.js'
import { specs as linear } from '../../native/kernels/linear/linear.spec.js'

const bench = suite('bench')
const casesOf = ({ kernel, bench: cases }: (typeof linear)[number], batch: number) =>
  gpuCases(kernel, cases, batch)

bench('the clips of a case are multiplied, its weights are not', () => {
  const cases = casesOf(linear[0]!, 32)
  const shapes = (dtype: string) => cases.filter((each) => each.dtype === dtype).map(({ shape }) => shape)
  // Each of the four layers of a block once in either storage type, although some are listed in both.
  assert.is(shapes('float32').length, 4)
  assert.is(shapes('bfloat16').length, 4)
  assert.ok(
    shapes('bfloat16').includes('x [50208,768] weight [2304,768] bias [2304] out [50208,2304]'),
    shapes('bfloat16').join('\n'),
  )
  for (const { numbers, operands, flops } of cases) {
    assert.is(numbers.packed, 0)
    assert.is(numbers.rows, 50_208)
    assert.is(flops, 2 * 50_208 * numbers.in! * numbers.out!)
    assert.not(operands.some(({ via }) => via))
  }
})

bench('storage types are those in which a bfloat16 model calls the kernel', () => {
  const residual = casesOf(linear[0]!, 1).find(
    ({ dtype, operands }) => dtype === 'bfloat16' && operands.some((o) => o.name === 'residual' && !o.absent),
  )!
  const types = Object.fromEntries(residual.operands.map(({ name, dtype }) => [name, dtype]))
  assert.is(types.x, 'bfloat16')
  assert.is(types.weight, 'bfloat16')
  assert.is(types.residual, 'float32')
  assert.is(types.out, 'float32')
  const [wide, narrow] = casesOf(combine[0]!, 2).sort((a, b) => b.bytes - a.bytes)
  assert.is(wide!.bytes, 2 * 1569 * 768 * 12)
  assert.is(narrow!.bytes, 2 * 1569 * 768 * 6)
  assert.equal(
    casesOf(adamw[0]!, 32).map(({ flops, dtype }) => [flops, dtype]),
    adamw[0]!.bench.map(({ flops }) => [flops, 'float32']),
  )
})

bench('what is not of clips stays as it is', () => {
  const cases = casesOf(attention[0]!, 8)
  const text = cases.filter(({ numbers }) => numbers.causal)
  assert.equal(
    text.map(({ numbers, dtype }) => [numbers.batch, dtype]),
    [
      [51, 'bfloat16'],
      [51, 'float32'],
    ],
  )
  const video = cases.filter(({ numbers }) => !numbers.causal)
  assert.ok(video.length === 4 && video.every(({ numbers }) => numbers.batch === 8))
})

bench('work: a forward without the last block but for CLS; a step as GPU.md has it', () => {
  const { total, block } = videoMacs(VICLIP_B16)
  const flops = forwardFlops(VICLIP_B16)
  assert.ok(flops < 2 * total && flops > 2 * (total - block.total))
  const config = resolveMstaConfig({ dim: 128, layers: [8, 12] }, VICLIP_B16)
  const step = (shape: object) =>
    stepFlops(VICLIP_B16, config, { batch: 1, promptLengths: Array(400).fill(12), ...shape })
  const perClip = step({ batch: 2 }) - step({})
  // Backward through three whole blocks (their linear layers once, attention 2.5 times), the adapter thrice.
  const backward = 3 * 2 * (block.attentionProjections + block.mlp + 2.5 * block.attentionScores)
  assert.ok(perClip > flops + backward && perClip < flops + 1.1 * backward, `${perClip / 1e9}`)
  const all = resolveMstaConfig({ dim: 256, layers: [1, 12] }, VICLIP_B16)
  assert.ok(stepFlops(VICLIP_B16, all, { batch: 1, promptLengths: Array(51).fill(12) }) > 2 * flops)
})

bench('suites and their batches are chosen by name', () => {
  const chosen = (asked: string[] | undefined, isGpu: boolean) =>
    chooseSuites(asked, isGpu).map(({ name, batches }) => `${name}:${batches}`)
  assert.equal(chosen(undefined, false), [
    'video-forward:1,4',
    'text-forward:1',
    'train-step:2',
    'decode:1',
    'loader:1',
    'load-weights:1',
    'kernels:1',
  ])
  assert.is(chosen(undefined, true)[0], 'video-forward:32')
  assert.equal(chosen(['train-step:8,1', 'kernels'], true), ['train-step:8,1', 'kernels:32'])
  for (const wrong of ['speed', 'kernels:0', 'kernels:x', 'kernels:'])
    assert.throws(() => chooseSuites([wrong], true), RangeError)
  assert.throws(() => chooseSuites(['train-step-cls'], false), RangeError)
})

const script = (source: string) => ({ program: process.execPath, args: ['-e', source] })

bench('a contest: medians, ratios, and why a peer did not take part', async () => {
  const entered = {
    ours: script('console.log("noise"); console.log(JSON.stringify({ times: [2, 1, 3], peakRssMb: 7 }))'),
    twice: script('console.log(JSON.stringify({ times: [4], sdpa: ["flash"] }))'),
    broken: script('throw new TypeError("no such kernel")'),
    silent: script(''),
    late: { ...script(''), expect: 1e6 },
  }
  const outcomes = await contest(entered, { rounds: 2, budget: new Budget(1000) })
  const { figures } = ourFigures(outcomes.ours)
  assert.equal(
    { ...figures },
    {
      medianMs: 2,
      spreadMs: 2,
      times: [
        [2, 1, 3],
        [2, 1, 3],
      ],
      peakRssMb: 7,
      peakDeviceMb: null,
      deviceUsedMb: null,
    },
  )
  const twice = { medianMs: 4, ratio: 2, times: [[4], [4]], peakRssMb: null, sdpa: ['flash'] }
  assert.equal(peerFigures(outcomes.twice, figures.medianMs), twice)
  const reason = (name: keyof typeof entered) =>
    (peerFigures(outcomes[name], 1) as { skipped: string }).skipped
  assert.match(reason('broken'), /TypeError: no such kernel/)
  assert.match(reason('silent'), /printed no JSON/)
  assert.is(reason('late'), 'no time left')
  const none = await contest({ ours: entered.broken }, { rounds: 3, budget: new Budget(1000) })
  assert.throws(() => ourFigures(none.ours), /no such kernel/)
})

bench('a budget: rounds after the first only while a part has time', async () => {
  const ours = script('setTimeout(() => console.log(JSON.stringify({ times: [1] })), 300)')
  const budget = new Budget(20, 100)
  budget.begin()
  const outcomes = await contest({ ours }, { rounds: 5, budget })
  assert.is((outcomes.ours as { trials: unknown[] }).trials.length, 1)
  const spent = await contest({ ours }, { rounds: 5, budget: new Budget(0) })
  assert.equal(spent.ours, { skipped: 'no time left' })
})

bench.run()
