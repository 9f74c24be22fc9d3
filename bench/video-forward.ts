import { fileURLToPath } from 'node:url'
import { VICLIP_B16, VICLIP_TINY } from '../lib/models/viclip/config.js'
import { forwardPeers } from './forward-peers.js'
import { ourTrial, play } from './match.js'
import { type BenchDType, chosenDtypes, MODEL_DTYPES, type Plan, type Result } from './plan.js'
import { forwardFlops } from './work.js'

/** Rounds of processes on the CPU, ours and the peers' in turn, so that all meet the same moods of the machine. */
const CPU_ROUNDS = 5
const CPU_REPEATS = 3
const GPU_ROUNDS = 3
const GPU_REPEATS = 20
const GPU_WARMUP = 5

type Settings = { batch: number; dtype: BenchDType; clsOnly?: boolean }

const TRIAL = fileURLToPath(new URL('./video-forward-trial.js', import.meta.url))

async function* compare(plan: Plan, { batch, dtype, clsOnly = false }: Settings): AsyncGenerator<Result> {
  const [isGpu, tiny] = [plan.device !== 'cpu', plan.size === 'tiny']
  const config = tiny ? VICLIP_TINY : VICLIP_B16
  const { frames, resolution } = config.video
  const repeat = tiny ? 2 : isGpu ? GPU_REPEATS : CPU_REPEATS
  const args = ['--device', plan.device, '--batch', String(batch), '--dtype', dtype]
  args.push('--repeat', String(repeat), '--warmup', String(isGpu && !tiny ? GPU_WARMUP : 1))
  if (tiny) args.push('--tiny')
  const withGraph = isGpu && batch <= 8 && dtype === 'bfloat16' && !clsOnly
  const suffix = clsOnly ? ', peers CLS-only too' : ''
  yield* play(plan, {
    suite: 'video-forward',
    name: `viclip-${plan.size} video encoder${suffix}`,
    dtype,
    shape: `[${[batch, 3, frames, resolution, resolution].join(', ')}]`,
    ours: {
      '': ourTrial(TRIAL, args),
      ...(withGraph && { ', replayed graph': ourTrial(TRIAL, [...args, '--graph']) }),
    },
    peers: await forwardPeers(plan, { encoder: 'video', batch, dtype, repeat, clsOnly, withGraph }),
    rounds: plan.rounds ?? (isGpu ? GPU_ROUNDS : CPU_ROUNDS),
    flops: () => batch * forwardFlops(config),
  })
}

/** The storage types and batches of a run. */
function settings(plan: Plan, batches: readonly number[]): Settings[] {
  if (plan.device === 'cpu' || plan.dtypes)
    return batches.flatMap((batch) => chosenDtypes(plan, MODEL_DTYPES).map((dtype) => ({ batch, dtype })))
  const parts: Settings[] = batches.map((batch) => ({ batch, dtype: 'bfloat16' }))
  if (batches.includes(1)) parts.push({ batch: 1, dtype: 'float32' })
  return parts
}

/**
 * The video encoder beside PyTorch and, on the CPU, onnxruntime; a process a trial, interleaved. On the CPU in every
 * storage type; on a GPU, unless asked otherwise, bfloat16 for each of `batches`, with a replayed graph where they are
 * small, and float32 for one clip.
 */
export async function* benchVideoForward(plan: Plan, batches: readonly number[]): AsyncGenerator<Result> {
  for (const part of settings(plan, batches)) yield* compare(plan, part)
}

/** As {@link benchVideoForward} on a GPU, where PyTorch, too, computes only CLS in the last block. */
export async function* benchVideoForwardCls(plan: Plan, batches: readonly number[]): AsyncGenerator<Result> {
  for (const batch of batches) yield* compare(plan, { batch, dtype: 'bfloat16', clsOnly: true })
}
