import { fileURLToPath } from 'node:url'
import { VICLIP_B16, VICLIP_TINY } from '../lib/models/viclip/config.js'
import { type Contender, contest, ourFigures, peerFigures } from './contest.js'
import { peerProgram } from './peers.js'
import type { Plan, Result } from './plan.js'
import { ceilingShare, type PeerResult } from './result.js'

const ROUNDS = 3
/** Seconds that torch.compile may take at first, forward and backward. */
const COMPILE_S = 90
const PROMPT_LENGTH = 12
const TRIAL = fileURLToPath(new URL('./train-step-trial.js', import.meta.url))

interface Step {
  layers: string
  dim: number
  classes: number
}

/** The recipes few-shot on K400's classes and base-to-novel on HMDB's (SPEC section 4). */
const STEPS: Step[] = [
  { layers: '8-12', dim: 128, classes: 400 },
  { layers: '1-12', dim: 256, classes: 51 },
]
const TINY_STEPS: Step[] = [{ layers: '2-4', dim: 16, classes: 7 }]

function contenders(plan: Plan, step: Step, batch: number, clsOnly: boolean): Record<string, Contender> {
  const [isGpu, tiny] = [plan.device !== 'cpu', plan.size === 'tiny']
  const repeat = tiny ? 2 : isGpu ? 15 : 3
  const common = ['--batch', String(batch), '--repeat', String(repeat), '--layers', step.layers]
  common.push('--dim', String(step.dim), '--classes', String(step.classes))
  common.push('--prompt-length', String(PROMPT_LENGTH))
  const ours = [TRIAL, ...common, '--device', plan.device, '--dtype', isGpu ? 'bfloat16' : 'float32']
  ours.push('--warmup', isGpu && !tiny ? '4' : '1', ...(tiny ? ['--tiny'] : []))
  const found: Record<string, Contender> = { ours: { program: process.execPath, args: ours } }
  if (typeof plan.peers === 'string') return found
  const { python: program, device } = plan.peers
  const theirs = [peerProgram('torch_train.py'), ...common, '--device', device]
  theirs.push('--dtype', isGpu ? 'bf16' : 'f32')
  if (clsOnly) theirs.push('--cls-only')
  if (tiny) theirs.push('--size-tiny')
  found['torch-eager'] = { program, args: theirs }
  if (isGpu) found['torch-compile'] = { program, args: [...theirs, '--compile'], expect: COMPILE_S }
  return found
}

async function compare(plan: Plan, step: Step, batch: number, clsOnly = false): Promise<Result> {
  const { frames, resolution } = (plan.size === 'tiny' ? VICLIP_TINY : VICLIP_B16).video
  const what = `blocks ${step.layers}, r ${step.dim}, ${step.classes} prompts`
  const name = `msta step, ${what}${clsOnly ? ', peers CLS-only too' : ''}`
  const shape = `[${[batch, 3, frames, resolution, resolution].join(', ')}]`
  const dtype = plan.device === 'cpu' ? 'float32' : 'bfloat16'
  const entered = contenders(plan, step, batch, clsOnly)
  plan.budget.begin()
  const outcomes = await contest(entered, { rounds: plan.rounds ?? ROUNDS, budget: plan.budget })
  try {
    const { figures, gflop } = ourFigures(outcomes.ours)
    const peers: Record<string, PeerResult> = {}
    for (const peer of Object.keys(entered).filter((each) => each !== 'ours'))
      peers[peer] = peerFigures(outcomes[peer], figures.medianMs)
    if (typeof plan.peers === 'string') peers['torch-eager'] = { skipped: plan.peers }
    return {
      suite: 'train-step',
      name,
      device: plan.device,
      dtype,
      shape,
      ...figures,
      gflops: (gflop / figures.medianMs) * 1e3,
      ceilingShare: ceilingShare({ flops: gflop * 1e9, dtype }, figures.medianMs, plan.ceilings),
      peers,
    }
  } catch (error) {
    return { failure: { name, shape, error: (error as Error).message } }
  }
}

/**
 * One MSTA+ training step beside PyTorch's, a process a trial, interleaved: forward of both encoders, backward,
 * AdamW, on clips that are on the device; a bfloat16 backbone and a float32 adapter on a GPU.
 */
export async function* benchTrainStep(plan: Plan, batches: readonly number[]): AsyncGenerator<Result> {
  for (const step of plan.size === 'tiny' ? TINY_STEPS : STEPS)
    for (const batch of batches) yield await compare(plan, step, batch)
}

/** As {@link benchTrainStep} for the first of its steps, where PyTorch, too, computes only CLS in the last block. */
export async function* benchTrainStepCls(plan: Plan, batches: readonly number[]): AsyncGenerator<Result> {
  const [step] = plan.size === 'tiny' ? TINY_STEPS : STEPS
  for (const batch of batches) yield await compare(plan, step!, batch, true)
}
