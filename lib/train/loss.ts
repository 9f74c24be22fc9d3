import { combine } from '../tensor/ops/combine.js'
import { cosine, pairedCosine } from '../tensor/ops/cosine.js'
import { softmaxCrossEntropy } from '../tensor/ops/cross-entropy.js'
import { followLogScale } from '../tensor/ops/log-scale.js'
import { mean } from '../tensor/ops/mean.js'
import type { Embeddings, Vector } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'

/** What the loss of SPEC section 3 is computed from. */
export interface LossInputs {
  /** [batch, embedDim], adapted. */
  video: Tensor<Embeddings>
  /** [classes, embedDim], adapted, of the template prompts. */
  classes: Tensor<Embeddings>
  /** [batch], int32 class numbers. */
  labels: Tensor<Vector>
  temperature: number
  /** -log(temperature) [], where it trains with the rest. */
  logScale?: Tensor | undefined
  /** Weight of the consistency term and its constant targets; left out for plain MSTA. */
  consistency?: ConsistencyTargets | undefined
  /**
   * Contrastive pre-training, ViCLIP's: class i is the text of video i (labels 0, 1, ...), and each text is to find its
   * video among all videos, too; the loss is the mean of both directions.
   */
  isSymmetric?: boolean | undefined
}

/** Means of each class's description features, [classes, embedDim], of the frozen text encoder. */
export interface ConsistencyTargets {
  lambda: number
  spatial: Tensor<Embeddings>
  temporal: Tensor<Embeddings>
}

/** The loss and its parts, each [1]. */
export interface Loss {
  /** crossEntropy + lambda * consistency. */
  total: Tensor
  crossEntropy: Tensor
  /** CC of SPEC section 3; absent without targets. */
  consistency?: Tensor
}

/** CE = mean cross-entropy of cos(video, class) / temperature; CC = mean over classes of 2 - cos(w, s) - cos(w, t). */
export function videoTextLoss(inputs: LossInputs): Loss {
  const { video, classes, labels, temperature, logScale, consistency, isSymmetric } = inputs
  const logits = followLogScale(cosine(video, classes, 1 / temperature), logScale)
  const ofVideos = softmaxCrossEntropy(logits, labels)
  const crossEntropy = isSymmetric ? combine([ofVideos, ofTexts(inputs)], [0.5, 0.5]) : ofVideos
  if (!consistency) return { total: crossEntropy, crossEntropy }
  const spatial = mean(pairedCosine(classes, consistency.spatial))
  const temporal = mean(pairedCosine(classes, consistency.temporal))
  const term = combine([spatial, temporal], [-1, -1], { constant: 2 })
  return { total: combine([crossEntropy, term], [1, consistency.lambda]), crossEntropy, consistency: term }
}

/** Cross-entropy of each text among the videos. */
function ofTexts({ video, classes, labels, temperature, logScale }: LossInputs): Tensor<Vector> {
  return softmaxCrossEntropy(followLogScale(cosine(classes, video, 1 / temperature), logScale), labels)
}

/**
 * Per class, the mean of its L2-normalised description features.
 *
 * @param features [total, embedDim], row-major, classes one after another
 * @param counts descriptions of each class; they may differ
 * @returns [classes, embedDim]
 */
export function descriptionMeans(
  features: Float32Array,
  counts: readonly number[],
  embedDim: number,
): Float32Array {
  const means = new Float32Array(counts.length * embedDim)
  let row = 0
  counts.forEach((count, c) => {
    for (let n = 0; n < count; n++, row++) {
      const feature = features.subarray(row * embedDim, (row + 1) * embedDim)
      const length = Math.hypot(...feature) || 1
      for (let i = 0; i < embedDim; i++) means[c * embedDim + i]! += feature[i]! / length / count
    }
  })
  return means
}
