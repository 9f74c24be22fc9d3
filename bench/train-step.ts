import { fileURLToPath } from 'node:url'
import { resolveMstaConfig } from '../lib/adapters/msta/config.js'
import { VICLIP_B16, VICLIP_TINY } from '../lib/models/viclip/config.js'
import type { Contender } from './contest.js'
import { ourTrial, play } from './match.js'
import { peerProgram } from './peers.js'
import { chosenDtypes, type Plan, type Result } from './plan.js'
import { lengthsOf, madeUpPrompts, trimmedRows } from './prompts.js'
import { stepFlops } from './work.js'

const GPU_ROUNDS = 3
const CPU_ROUNDS = 2
/** Seconds that torch.compile may take at first, forward and backward. */
const COMPILE_S = 90
const PROMPT_LENGTH = 12
const TRIAL = fileURLToPath(new URL('./train-step-trial.js', import.meta.url))
const DTYPES = ['float32', 'bfloat16'] as const

interface Step {
  layers: string
  dim: number
  classes: number
}

type StepDType = (typeof DTYPES)[number]

/** The recipes few-shot on K400's classes and base-to-novel on HMDB's (SPEC section 4). */
const STEPS: Step[] = [
  { layers: '8-12', dim: 128, classes: 400 },
  { layers: '1-12', dim: 256, classes: 51 },
]
const CPU_STEPS: Step[] = [
  { layers: '8-12', dim: 128, classes: 51 },
  { layers: '1-12', dim: 256, classes: 51 },
  { layers: '8-12', dim: 128, classes: 400 },
]
/** From so many classes on a peer whose texts are trimmed takes part, too. */
const MANY_CLASSES = 400
const TINY_STEPS: Step[] = [{ layers: '2-4', dim: 16, classes: 7 }]

const CACHED = ', cached video prefix'

/** The steps that a run on a device measures. */
export function stepsOf({ device, size }: Pick<Plan, 'device' | 'size'>): Step[] {
  if (size === 'tiny') return TINY_STEPS
  return device === 'cpu' ? CPU_STEPS : STEPS
}

function torchPeers(plan: Plan, common: readonly string[], { step, dtype, clsOnly }: Settings) {
  const isGpu = plan.device !== 'cpu'
  if (typeof plan.peers === 'string') return { 'torch-eager': plan.peers, 'torch-compile': plan.peers }
  const { python: program, device } = plan.peers
  const args = [peerProgram('torch_train.py'), ...common, '--device', device]
  args.push('--dtype', dtype === 'float32' ? 'f32' : 'bf16')
  if (clsOnly) args.push('--cls-only')
  if (plan.size === 'tiny') args.push('--size-tiny')
  const compiled = { program, expect: COMPILE_S }
  const found: Record<string, Contender> = {
    'torch-eager': { program, args },
    'torch-compile': { ...compiled, args: [...args, '--compile'] },
  }
  if (step.classes >= MANY_CLASSES)
    found['torch-compile-trimmed'] = { ...compiled, args: [...args, '--compile', '--trim'] }
  if (!isGpu && dtype === 'bfloat16')
    found['torch-compile-autocast'] = { ...compiled, args: [...args, '--autocast', '--compile'] }
  return found
}

interface Settings {
  step: Step
  batch: number
  dtype: StepDType
  clsOnly?: boolean
}

async function* compare(plan: Plan, settings: Settings): AsyncGenerator<Result> {
  const { step, batch, dtype, clsOnly } = settings
  const [isGpu, tiny] = [plan.device !== 'cpu', plan.size === 'tiny']
  const model = tiny ? VICLIP_TINY : VICLIP_B16
  const { frames, resolution } = model.video
  const what = `blocks ${step.layers}, r ${step.dim}, ${step.classes} prompts`
  const repeat = tiny ? 2 : isGpu ? 15 : 3
  const common = ['--batch', String(batch), '--repeat', String(repeat), '--layers', step.layers]
  common.push('--dim', String(step.dim), '--classes', String(step.classes))
  common.push('--prompt-length', String(PROMPT_LENGTH))
  const args = [...common, '--device', plan.device, '--dtype', dtype]
  args.push('--warmup', isGpu && !tiny ? '4' : '1', ...(tiny ? ['--tiny'] : []))
  const [first, last] = step.layers.split('-').map(Number) as [number, number]
  const config = resolveMstaConfig({ dim: step.dim, layers: [first, last] }, model)
  yield* play(plan, {
    suite: 'train-step',
    name: `msta step, ${what}${clsOnly ? ', peers CLS-only too' : ''}`,
    dtype,
    shape: `[${[batch, 3, frames, resolution, resolution].join(', ')}]`,
    ours: {
      '': ourTrial(TRIAL, args),
      // Fixed views: below the first adapted block every clip is computed once a run.
      ...(first > 1 && { [CACHED]: ourTrial(TRIAL, [...args, '--cache-video-prefix']) }),
    },
    peers: torchPeers(plan, common, settings),
    rounds: plan.rounds ?? (isGpu ? GPU_ROUNDS : CPU_ROUNDS),
    flops: (suffix) =>
      stepFlops(model, config, {
        batch,
        promptLengths: lengthsOf(trimmedRows(madeUpPrompts(model, step.classes, PROMPT_LENGTH))),
        cachesVideoPrefix: suffix === CACHED,
      }),
  })
}

/**
 * One MSTA+ training step beside PyTorch's, a process a trial, interleaved: forward of both encoders, backward,
 * AdamW, on clips that are on the device; a float32 adapter on a backbone of each storage type, on a GPU bfloat16
 * unless asked otherwise.
 */
export async function* benchTrainStep(plan: Plan, batches: readonly number[]): AsyncGenerator<Result> {
  const dtypes = plan.device === 'cpu' || plan.dtypes ? chosenDtypes(plan, DTYPES) : (['bfloat16'] as const)
  for (const step of stepsOf(plan))
    for (const batch of batches) for (const dtype of dtypes) yield* compare(plan, { step, batch, dtype })
}

/** As {@link benchTrainStep} for the first of its steps, where PyTorch, too, computes only CLS in the last block. */
export async function* benchTrainStepCls(plan: Plan, batches: readonly number[]): AsyncGenerator<Result> {
  const [step] = stepsOf(plan)
  for (const batch of batches) yield* compare(plan, { step: step!, batch, dtype: 'bfloat16', clsOnly: true })
}
