import { fileURLToPath } from 'node:url'
import { VICLIP_B16, VICLIP_TINY } from '../lib/models/viclip/config.js'
import { type Contender, contest, ourFigures, peerFigures } from './contest.js'
import { peerProgram } from './peers.js'
import type { Plan, Result } from './plan.js'
import { ceilingShare, type PeerResult } from './result.js'
import { forwardFlops } from './work.js'

/** Pairs of processes on the CPU, ours and the peer's in turn, so that both meet the same moods of the machine. */
const CPU_ROUNDS = 5
const CPU_REPEATS = 3
const GPU_ROUNDS = 3
const GPU_REPEATS = 20
const GPU_WARMUP = 5
/** Seconds that torch.compile may take at first. */
const COMPILE_S = 60

type Settings = { batch: number; dtype: 'float32' | 'bfloat16'; clsOnly?: boolean }

const TRIAL = fileURLToPath(new URL('./video-forward-trial.js', import.meta.url))

function contenders(plan: Plan, { batch, dtype, clsOnly = false }: Settings): Record<string, Contender> {
  const isGpu = plan.device !== 'cpu'
  const tiny = plan.size === 'tiny'
  const repeat = ['--repeat', String(tiny ? 2 : isGpu ? GPU_REPEATS : CPU_REPEATS)]
  const warmup = ['--warmup', String(isGpu && !tiny ? GPU_WARMUP : 1)]
  const ours = [TRIAL, '--device', plan.device, '--batch', String(batch), '--dtype', dtype]
  ours.push(...repeat, ...warmup, ...(tiny ? ['--tiny'] : []))
  const found: Record<string, Contender> = { ours: { program: process.execPath, args: ours } }
  // Where the launching of kernels could be what takes time.
  const withGraph = isGpu && batch <= 8 && dtype === 'bfloat16' && !clsOnly
  if (withGraph) found['ours-graph'] = { program: process.execPath, args: [...ours, '--graph'] }
  if (typeof plan.peers === 'string') return found
  const { python, device } = plan.peers
  const common = [peerProgram('torch_forward.py'), '--batch', String(batch), ...repeat]
  if (isGpu) common.push('--device', device, '--dtype', dtype === 'float32' ? 'f32' : 'bf16')
  if (clsOnly) common.push('--cls-only')
  if (tiny) common.push('--size-tiny')
  found['torch-eager'] = { program: python, args: common }
  if (!isGpu) return found
  const compiled = { program: python, expect: COMPILE_S }
  found['torch-compile'] = { ...compiled, args: [...common, '--compile'] }
  if (withGraph)
    found['torch-compile-cudagraphs'] = {
      ...compiled,
      args: [...common, '--compile', '--mode', 'reduce-overhead'],
    }
  return found
}

async function* compare(plan: Plan, settings: Settings): AsyncGenerator<Result> {
  const { batch, dtype, clsOnly } = settings
  const config = plan.size === 'tiny' ? VICLIP_TINY : VICLIP_B16
  const { frames, resolution } = config.video
  const entered = contenders(plan, settings)
  const rounds = plan.rounds ?? (plan.device === 'cpu' ? CPU_ROUNDS : GPU_ROUNDS)
  plan.budget.begin()
  const outcomes = await contest(entered, { rounds, budget: plan.budget })
  const row = {
    suite: 'video-forward',
    device: plan.device,
    dtype,
    shape: `[${[batch, 3, frames, resolution, resolution].join(', ')}]`,
  }
  for (const ours of ['ours', 'ours-graph'].filter((name) => name in entered)) {
    const suffix = [ours === 'ours-graph' ? ', replayed graph' : '', clsOnly ? ', peers CLS-only too' : '']
    const name = `viclip-${plan.size} video encoder${suffix.join('')}`
    try {
      const { figures, gflop } = ourFigures(outcomes[ours])
      const peers: Record<string, PeerResult> = {}
      for (const peer of Object.keys(entered).filter((each) => each.startsWith('torch')))
        peers[peer] = peerFigures(outcomes[peer], figures.medianMs)
      if (typeof plan.peers === 'string') peers['torch-eager'] = { skipped: plan.peers }
      const work = { flops: batch * forwardFlops(config), dtype }
      yield {
        ...row,
        name,
        ...figures,
        gflops: (gflop / figures.medianMs) * 1e3,
        ceilingShare: ceilingShare(work, figures.medianMs, plan.ceilings),
        peers,
      }
    } catch (error) {
      yield { failure: { name, shape: row.shape, error: (error as Error).message } }
    }
  }
}

/**
 * The video encoder beside PyTorch, a process a trial, interleaved. On the CPU one clip in float32; on a GPU bfloat16
 * for each of `batches`, with a replayed graph where they are small, and float32 for one clip.
 */
export async function* benchVideoForward(plan: Plan, batches: readonly number[]): AsyncGenerator<Result> {
  if (plan.device === 'cpu') return yield* compare(plan, { batch: 1, dtype: 'float32' })
  const parts: Settings[] = batches.map((batch) => ({ batch, dtype: 'bfloat16' }))
  if (batches.includes(1)) parts.push({ batch: 1, dtype: 'float32' })
  for (const part of parts) yield* compare(plan, part)
}

/** As {@link benchVideoForward} on a GPU, where PyTorch, too, computes only CLS in the last block. */
export async function* benchVideoForwardCls(plan: Plan, batches: readonly number[]): AsyncGenerator<Result> {
  for (const batch of batches) yield* compare(plan, { batch, dtype: 'bfloat16', clsOnly: true })
}
