import type { Adapter } from '../adapters/adapter.js'
import type { TokenIds } from '../models/viclip/text-encoder.js'
import { type ClipViews, viewsToTensor } from '../recognition/clips.js'
import { MstaError } from '../runtime/errors.js'
import { Job, withJob } from '../runtime/job.js'
import { scope } from '../tensor/scope.js'
import type { Vector } from '../tensor/shape.js'
import { Tape } from '../tensor/tape.js'
import { Tensor } from '../tensor/tensor.js'
import { type ConsistencyTargets, type Loss, videoTextLoss } from './loss.js'
import type { AdamW } from './optimizer.js'

/** What stays the same from step to step. */
export interface StepContext {
  adapter: Adapter
  optimizer: AdamW
  /** Ids of the prompt of every class. */
  prompts: TokenIds
  consistency: ConsistencyTargets | undefined
  seed: number
}

/** A step's clips, one view each, and their classes. */
export interface StepBatch {
  clips: readonly ClipViews[]
  labels: readonly number[]
}

/** The loss of a step and its parts. */
export interface StepLoss {
  loss: number
  crossEntropy: number
  consistency: number | null
}

/**
 * One training step: loss, gradients, update. An abort takes effect before the update or not at all, so that the
 * parameters are always those of a whole number of steps.
 *
 * @throws MstaError ERR_TRAIN when the loss is not finite (nothing is updated); the signal's reason
 */
export async function trainStep(
  context: StepContext,
  batch: StepBatch,
  { step, learningRate, signal }: { step: number; learningRate: number; signal?: AbortSignal | undefined },
): Promise<StepLoss> {
  const { adapter, optimizer, prompts, consistency, seed } = context
  const { model } = adapter
  const { device } = model
  const parameters = [...adapter.parameters.entries()].map(([, tensor]) => tensor)
  return withJob(signal, async (job) => {
    const video = await viewsToTensor(device, batch.clips, job)
    const forward = (): Loss =>
      videoTextLoss({
        video: model.encodeVideo(video, adapter),
        classes: model.encodeText(prompts, adapter),
        labels: Tensor.from(device, batch.labels, [batch.labels.length] as Vector, 'int32'),
        temperature: model.temperature,
        consistency,
      })
    const differentiate = () => {
      const tape = new Tape()
      let loss: Loss | undefined
      adapter.setTraining({ seed, step })
      try {
        loss = tape.watch(() => scope(forward))
        const gradients = tape.backward(loss.total, parameters)
        const parts = [loss.total, loss.crossEntropy, loss.consistency]
        return {
          gradients,
          values: Promise.all(parts.map(async (part) => (await part?.data())?.[0] ?? null)),
        }
      } finally {
        adapter.setTraining(null)
        tape.dispose()
        for (const part of new Set(Object.values(loss ?? {}))) part?.dispose()
      }
    }
    let work: ReturnType<typeof differentiate>
    try {
      work = job.run(differentiate)
    } finally {
      video.dispose()
    }
    const { gradients, values } = work
    try {
      const [loss, crossEntropy, part] = await values
      if (!Number.isFinite(loss!))
        throw new MstaError(
          'ERR_TRAIN',
          `The loss of step ${step} is ${loss}: lower the learning rate, or look at the clips of this batch`,
        )
      // A job of its own, deaf to the signal: an update is done whole or not begun.
      const update = new Job()
      update.run(() => optimizer.step(gradients, learningRate))
      await update.run(() => device.synchronize())
      return { loss: loss!, crossEntropy: crossEntropy!, consistency: part ?? null }
    } finally {
      gradients.dispose()
    }
  })
}
