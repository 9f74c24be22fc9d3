import { setImmediate } from 'node:timers/promises'
import type { Adapter } from '../adapters/adapter.js'
import type { TextPrefix, TokenIds } from '../models/viclip/text-encoder.js'
import { viewsToTensor } from '../recognition/clips.js'
import { MstaError } from '../runtime/errors.js'
import { Job, withJob } from '../runtime/job.js'
import { scope } from '../tensor/scope.js'
import type { Vector } from '../tensor/shape.js'
import { Tape } from '../tensor/tape.js'
import { Tensor } from '../tensor/tensor.js'
import { clipGradients, gradientNorm } from './gradient-norm.js'
import { type ConsistencyTargets, videoTextLoss } from './loss.js'
import type { AdamW } from './optimizer.js'
import type { NumberedClip, VideoPrefixCache } from './video-prefix-cache.js'

/** What stays the same from step to step. */
export interface StepContext {
  adapter: Adapter
  optimizer: AdamW
  /** The prompt of every class: its ids, or what the blocks below the first adapted one have made of them. */
  prompts: TokenIds | TextPrefix
  /** For clips whose views never change. */
  videoPrefixes?: VideoPrefixCache | undefined
  consistency: ConsistencyTargets | undefined
  seed: number
  /** Whether prompts are captions of the batch's clips, one each; as `isSymmetric` of the loss. */
  isSymmetric?: boolean
  /** Longer gradients are scaled to it; 0: none are. */
  maxGradientNorm: number
}

/** A step's clips, one view each, and their classes. */
export interface StepBatch {
  clips: readonly NumberedClip[]
  labels: readonly number[]
}

/** The loss of a step and its parts. */
export interface StepLoss {
  loss: number
  crossEntropy: number
  consistency: number | null
  /** Of all gradients together, before they are clipped. */
  gradientNorm: number
}

/**
 * One training step: loss, gradients, update. An abort takes effect before the update or not at all, so that the
 * parameters are always those of a whole number of steps.
 *
 * @throws MstaError ERR_TRAIN when loss or gradient is not finite (nothing is updated); the signal's reason
 */
export async function trainStep(
  context: StepContext,
  batch: StepBatch,
  { step, learningRate, signal }: { step: number; learningRate: number; signal?: AbortSignal | undefined },
): Promise<StepLoss> {
  const { adapter, optimizer } = context
  const { device } = adapter.model
  return withJob(signal, async (job) => {
    const { gradients, values } = await differentiate(context, batch, step, job)
    try {
      const parameters = [...adapter.parameters.entries()].map(([, tensor]) => tensor)
      const [[loss, crossEntropy, part], norm] = await Promise.all([
        values,
        gradientNorm(gradients, parameters, job),
      ])
      requireFinite('loss', step, loss!)
      requireFinite('gradient norm', step, norm)
      // A job of its own, deaf to the signal: an update is done whole or not begun.
      const update = new Job()
      update.run(() => {
        if (context.maxGradientNorm > 0) clipGradients(gradients, parameters, norm, context.maxGradientNorm)
        optimizer.step(gradients, learningRate)
      })
      // Who has used the model since the forward has packed the weights of before.
      if (adapter.tunesModel) await update.run(() => adapter.model.parametersChanged())
      await update.run(() => device.synchronize())
      return { loss: loss!, crossEntropy: crossEntropy!, consistency: part ?? null, gradientNorm: norm }
    } finally {
      gradients.dispose()
    }
  })
}

function requireFinite(what: string, step: number, value: number): void {
  if (Number.isFinite(value)) return
  throw new MstaError(
    'ERR_TRAIN',
    `The ${what} of step ${step} is ${value}: lower the learning rate, or look at the clips of this batch`,
  )
}

/** Enqueues forward and backward of a batch, with turns for the event loop in between. */
async function differentiate(context: StepContext, batch: StepBatch, step: number, job: Job) {
  const { adapter, prompts, consistency, isSymmetric, seed, videoPrefixes } = context
  const { model } = adapter
  const tape = new Tape()
  const held: Tensor[] = []
  const hold = <T extends Tensor>(tensor: T): T => {
    held.push(tensor)
    return tensor
  }
  const watched = async <T>(forward: () => T): Promise<T> => {
    const result = job.run(() => {
      adapter.setTraining({ seed, step })
      try {
        return tape.watch(() => scope(forward))
      } finally {
        adapter.setTraining(null)
      }
    })
    await setImmediate()
    return result
  }
  try {
    const input = videoPrefixes
      ? await videoPrefixes.prefixOf(batch.clips, job)
      : await viewsToTensor(model.device, batch.clips, job)
    const clips = hold('block' in input ? input.tokens : input)
    const video = hold(await watched(() => model.encodeVideo(input, adapter)))
    // What the tape does not need is not held until the end.
    clips.dispose()
    const classes = hold(await watched(() => model.encodeText(prompts, adapter)))
    const labels = hold(
      job.run(() => Tensor.from(model.device, batch.labels, [batch.labels.length] as Vector, 'int32').keep()),
    )
    const { temperature, logScale } = model
    const loss = await watched(() =>
      videoTextLoss({ video, classes, labels, temperature, logScale, consistency, isSymmetric }),
    )
    const parts = [loss.total, loss.crossEntropy, loss.consistency]
    for (const part of new Set(parts)) if (part) hold(part)
    const parameters = [...adapter.parameters.entries()].map(([, tensor]) => tensor)
    const gradients = await tape.backwardInTurns(loss.total, parameters, job)
    const values = job.run(() => Promise.all(parts.map(async (part) => (await part?.data())?.[0] ?? null)))
    return { gradients, values }
  } finally {
    tape.dispose()
    for (const tensor of held) tensor.dispose()
  }
}
