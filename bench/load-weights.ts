import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ViCLIP } from '../lib/recognition/viclip.js'
import type { Contender } from './contest.js'
import { ourTrial, play } from './match.js'
import { peerProgram } from './peers.js'
import { chosenDtypes, MODEL_DTYPES, type Plan, type Result } from './plan.js'

const ROUNDS = 5
const TRIAL = fileURLToPath(new URL('./load-weights-trial.js', import.meta.url))

function torch(plan: Plan, file: string, dtype: string): Record<string, Contender | string> {
  if (dtype === 'int8') return {}
  if (typeof plan.peers === 'string') return { 'torch-eager': plan.peers }
  const { python: program, device } = plan.peers
  const args = [peerProgram('torch_load.py'), file, '--device', device]
  args.push('--dtype', dtype === 'float32' ? 'f32' : 'bf16', ...(plan.size === 'tiny' ? ['--size-tiny'] : []))
  return { 'torch-eager': { program, args } }
}

/** From the start of a process to the first video embedding of a float32 checkpoint on disk, beside PyTorch. */
export async function* benchLoadWeights(plan: Plan): AsyncGenerator<Result> {
  const file = path.join(plan.folder, 'model.safetensors')
  const model = await ViCLIP.load(`random:${plan.size}`, { device: 'cpu' })
  await model.save(file)
  await model[Symbol.asyncDispose]()
  for (const dtype of chosenDtypes(plan, MODEL_DTYPES))
    yield* play(plan, {
      suite: 'load-weights',
      name: 'start of a process to its first video embedding',
      dtype,
      shape: `viclip-${plan.size}, one clip`,
      ours: { '': ourTrial(TRIAL, [file, '--device', plan.device, '--dtype', dtype]) },
      peers: torch(plan, file, dtype),
      rounds: plan.rounds ?? ROUNDS,
    })
}
