import type { MSTA } from '../lib/adapters/msta/msta.js'
import type { TextPrefix, TokenIds } from '../lib/models/viclip/text-encoder.js'
import type { VideoPrefix } from '../lib/models/viclip/video-encoder.js'
import { Job } from '../lib/runtime/job.js'
import { scope } from '../lib/tensor/scope.js'
import type { Vector, Video } from '../lib/tensor/shape.js'
import { Tape } from '../lib/tensor/tape.js'
import { Tensor } from '../lib/tensor/tensor.js'
import { type ConsistencyTargets, videoTextLoss } from '../lib/train/loss.js'
import type { AdamW } from '../lib/train/optimizer.js'

/** What a step works on, all of it on the device. */
export interface ResidentBatch {
  /** Normalised; or what the blocks below the first adapted one have made of it. */
  video: Tensor<Video> | VideoPrefix
  prompts: TokenIds | TextPrefix
  labels: readonly number[]
  consistency: ConsistencyTargets
}

/**
 * A training step as lib/train/step.ts does it, on clips that are on the device already: loss and gradients, its
 * values read back, the update, a synchronisation.
 *
 * @returns the loss, its cross-entropy and its consistency term
 */
export async function residentStep(
  adapter: MSTA,
  optimizer: AdamW,
  { video, prompts, labels, consistency }: ResidentBatch,
  { step, learningRate }: { step: number; learningRate: number },
): Promise<number[]> {
  const { model } = adapter
  const { device, temperature } = model
  const tape = new Tape()
  const job = new Job()
  const held: Tensor[] = []
  adapter.setTraining({ seed: 1, step })
  try {
    const loss = job.run(() =>
      tape.watch(() =>
        scope(() => {
          const numbers = Tensor.from(device, labels, [labels.length] as Vector, 'int32').keep()
          held.push(numbers)
          const embeddings = model.encodeVideo(video, adapter).keep()
          const classes = model.encodeText(prompts, adapter).keep()
          held.push(embeddings, classes)
          return videoTextLoss({ video: embeddings, classes, labels: numbers, temperature, consistency })
        }),
      ),
    )
    const parts = [loss.total, loss.crossEntropy, loss.consistency!]
    held.push(...parts)
    const parameters = [...adapter.parameters.entries()].map(([, tensor]) => tensor)
    const gradients = await tape.backwardInTurns(loss.total, parameters, job)
    try {
      const values = await job.run(() => Promise.all(parts.map(async (part) => (await part.data())[0]!)))
      job.run(() => optimizer.step(gradients, learningRate))
      await job.run(() => device.synchronize())
      return values
    } finally {
      gradients.dispose()
    }
  } finally {
    adapter.setTraining(null)
    tape.dispose()
    for (const tensor of held) tensor.dispose()
    job.end()
  }
}
