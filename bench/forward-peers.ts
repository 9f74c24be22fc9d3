import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Contender } from './contest.js'
import { peerProgram } from './peers.js'
import type { BenchDType, Plan } from './plan.js'

const run = promisify(execFile)

/** Seconds that torch.compile may take at first. */
const COMPILE_S = 60

/** A forward for peers to repeat. */
export interface Forward {
  encoder: 'video' | 'text'
  /** Clips. */
  batch: number
  /** For the text encoder: a JSON file of rows of token ids. */
  ids?: string
  dtype: BenchDType
  repeat: number
  clsOnly?: boolean
  /** Where the launching of kernels could be what takes time. */
  withGraph?: boolean
}

const what = ({ encoder, batch, ids }: Forward) => [
  '--encoder',
  encoder,
  '--batch',
  String(batch),
  ...(ids ? ['--ids', ids] : []),
]
const ofSize = (plan: Plan) => (plan.size === 'tiny' ? ['--size-tiny'] : [])

function torch(plan: Plan, forward: Forward): Record<string, Contender | string> {
  if (typeof plan.peers === 'string') return { 'torch-eager': plan.peers, 'torch-compile': plan.peers }
  const { python: program, device } = plan.peers
  const args = [peerProgram('torch_forward.py'), ...what(forward), '--repeat', String(forward.repeat)]
  args.push('--device', device, '--dtype', forward.dtype === 'float32' ? 'f32' : 'bf16', ...ofSize(plan))
  if (forward.clsOnly) args.push('--cls-only')
  const compiled = [...args, '--compile']
  const found: Record<string, Contender> = {
    'torch-eager': { program, args },
    'torch-compile': { program, args: compiled, expect: COMPILE_S },
  }
  if (forward.withGraph)
    found['torch-compile-cudagraphs'] = {
      program,
      args: [...compiled, '--mode', 'reduce-overhead'],
      expect: COMPILE_S,
    }
  return found
}

/** Writes the model for onnxruntime; the program that runs it, or why there is none. */
async function onnx(plan: Plan, forward: Forward): Promise<Contender | string> {
  if (typeof plan.onnx === 'string') return plan.onnx
  const dtype = forward.dtype === 'float32' ? 'f32' : 'int8'
  // Written over for every row, since models are large.
  const folder = path.join(plan.folder, 'onnx')
  const args = [peerProgram('onnx_viclip.py'), folder, ...what(forward), '--dtype', dtype, ...ofSize(plan)]
  try {
    await run(plan.onnx.python, args, { timeout: 300_000 })
  } catch (error) {
    const lines = String((error as { stderr?: string }).stderr || error)
      .trim()
      .split('\n')
    return `onnx_viclip.py: ${lines.at(-1)}`
  }
  const trial = [peerProgram('onnx_forward.mjs'), folder, plan.onnx.folder, '--dtype', dtype]
  return { program: process.execPath, args: [...trial, '--repeat', String(forward.repeat)] }
}

/** The peers of a forward: PyTorch in floating point; on the CPU onnxruntime in float32 and int8. */
export async function forwardPeers(
  plan: Plan,
  forward: Forward,
): Promise<Record<string, Contender | string>> {
  const found = forward.dtype === 'int8' ? {} : torch(plan, forward)
  const hasOnnx = plan.device === 'cpu' && forward.dtype !== 'bfloat16'
  return hasOnnx ? { ...found, 'onnxruntime-node': await onnx(plan, forward) } : found
}
