/**
 * That the benchmark compares like with like: PyTorch's training step has the losses of ours, step after step, given
 * the same weights and inputs. Needs the PyTorch of bench/peers/setup.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findPeers, peerProgram } from '../../bench/peers.js'
import { residentStep } from '../../bench/train-step-run.js'
import { MSTA } from '../../lib/adapters/msta/msta.js'
import { writeSafetensors } from '../../lib/formats/safetensors.js'
import { saveViClip } from '../../lib/models/viclip/checkpoint.js'
import { VICLIP_TINY } from '../../lib/models/viclip/config.js'
import { type ModelDType, ViClipModel } from '../../lib/models/viclip/model.js'
import { Device } from '../../lib/runtime/device.js'
import { fillNormal } from '../../lib/tensor/ops/random-normal.js'
import type { Embeddings, Ids, Shape, Video } from '../../lib/tensor/shape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { AdamW } from '../../lib/train/optimizer.js'
import { skipUnless } from '../support/skip.js'

const peers = suite('bench/peers')
const found = await findPeers('cpu')
const test = skipUnless(
  peers,
  typeof found !== 'string',
  typeof found === 'string' ? `no PyTorch to compare with: ${found}` : '',
)

const run = promisify(execFile)
const [CLASSES, BATCH, LENGTH, LEARNING_RATE] = [5, 3, 7, 0.01]
const { video: sizes, text, embedDim } = VICLIP_TINY

/** SOT, words, EOT, zeros; the longest prompt fills the length. */
function prompts() {
  const ends = [6, 2, 5, 3, 4]
  const data = Int32Array.from({ length: CLASSES * LENGTH }, (_, at) => {
    const [c, i] = [Math.floor(at / LENGTH), at % LENGTH]
    if (i === 0) return text.vocabularySize - 2
    if (i === ends[c]) return text.vocabularySize - 1
    return i < ends[c]! ? 100 + 37 * c + 11 * i : 0
  })
  return { data, shape: [CLASSES, LENGTH] as Ids }
}

function random<S extends Shape>(device: Device, shape: S, stream: number): Tensor<S> {
  const tensor = Tensor.empty(device, shape)
  fillNormal(tensor, 1, { seed: 5, stream })
  return tensor
}

/** Losses of three steps, [total, CE, CC] each: ours in `dtype`; what they began with is written to `folder`. */
async function ours(folder: string, dtype: ModelDType): Promise<number[][]> {
  const device = Device.get('cpu')
  const model = ViClipModel.random(device, VICLIP_TINY, 3, dtype)
  // So strong that a wrong gradient or update shows in the next loss; PyTorch's peer has this alpha, too.
  const adapter = MSTA.attach(model, { dim: 16, layers: [2, 4], alpha: 0.005, dropout: 0 })
  for (const [, tensor] of adapter.parameters.entries())
    if (tensor.shape.length === 1) fillNormal(tensor, 0.5, { seed: 6, stream: tensor.id })
  const optimizer = new AdamW(adapter.parameters.entries())
  const batch = {
    video: random(device, [BATCH, 3, sizes.frames, sizes.resolution, sizes.resolution] as Video, 0),
    prompts: prompts(),
    labels: [0, 4, 2],
    consistency: {
      lambda: 1,
      spatial: random(device, [CLASSES, embedDim] as Embeddings, 1),
      temporal: random(device, [CLASSES, embedDim] as Embeddings, 2),
    },
  }
  await saveViClip(model, path.join(folder, 'model.safetensors'))
  await adapter.save(path.join(folder, 'adapter.safetensors'))
  const float = async (tensor: Tensor) => ({
    dtype: 'F32' as const,
    shape: [...tensor.shape],
    data: await tensor.data(),
  })
  const integers = (data: Int32Array, shape: number[]) => ({ dtype: 'I32' as const, shape, data })
  await writeSafetensors(
    path.join(folder, 'inputs.safetensors'),
    new Map<string, Awaited<ReturnType<typeof float>> | ReturnType<typeof integers>>([
      ['video', await float(batch.video)],
      ['spatial', await float(batch.consistency.spatial)],
      ['temporal', await float(batch.consistency.temporal)],
      ['ids', integers(batch.prompts.data, [CLASSES, LENGTH])],
      ['labels', integers(Int32Array.from(batch.labels), [BATCH])],
    ]),
  )
  const losses: number[][] = []
  for (let step = 0; step < 3; step++)
    losses.push(await residentStep(adapter, optimizer, batch, { step, learningRate: LEARNING_RATE }))
  optimizer.dispose()
  adapter.dispose()
  for (const tensor of [batch.video, batch.consistency.spatial, batch.consistency.temporal]) tensor.dispose()
  model.dispose()
  return losses
}

async function theirs(folder: string, ...options: string[]): Promise<number[][]> {
  const { python } = found as Exclude<typeof found, string>
  const given = ['--weights', folder, '--lr', String(LEARNING_RATE), '--size-tiny', '--layers', '2-4']
  const sizes = ['--dim', '16', '--classes', String(CLASSES), '--batch', String(BATCH), '--threads', '2']
  const { stdout } = await run(python, [peerProgram('torch_train.py'), ...given, ...sizes, ...options])
  return JSON.parse(stdout.trim().split('\n').at(-1)!).losses
}

const worst = (a: number[][], b: number[][]) =>
  Math.max(...a.flatMap((row, i) => row.map((value, j) => Math.abs(value - b[i]![j]!) / Math.abs(b[i]![j]!))))

test("three steps of PyTorch's peer have our losses", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'msta-peers-'))
  try {
    const reference = await ours(folder, 'float32')
    const drop = reference[0]![0]! - reference[2]![0]!
    assert.ok(drop > 0.01, `the steps change the loss, by ${drop}`)
    // Between them they take every way through the peer but the compiler.
    const whole = await theirs(folder, '--temporal', 'conv')
    const cls = await theirs(folder, '--cls-only', '--temporal', 'shift')
    for (const losses of [whole, cls]) {
      assert.is(losses.length, 3)
      assert.ok(!(worst(losses, reference) > 1e-4), `${worst(losses, reference)}: ${losses} and ${reference}`)
    }
    const half = await theirs(folder, '--dtype', 'bf16', '--temporal', 'shift')
    assert.ok(
      !(worst(half, reference) > 0.05),
      `bfloat16: ${worst(half, reference)}: ${half} and ${reference}`,
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})

peers.run()
