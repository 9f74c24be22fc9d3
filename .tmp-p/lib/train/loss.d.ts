import type { Embeddings, Vector } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
/** What the loss of SPEC section 3 is computed from. */
export interface LossInputs {
    /** [batch, embedDim], adapted. */
    video: Tensor<Embeddings>;
    /** [classes, embedDim], adapted, of the template prompts. */
    classes: Tensor<Embeddings>;
    /** [batch], int32 class numbers. */
    labels: Tensor<Vector>;
    temperature: number;
    /** Weight of the consistency term and its constant targets; left out for plain MSTA. */
    consistency?: ConsistencyTargets | undefined;
}
/** Means of each class's description features, [classes, embedDim], of the frozen text encoder. */
export interface ConsistencyTargets {
    lambda: number;
    spatial: Tensor<Embeddings>;
    temporal: Tensor<Embeddings>;
}
/** The loss and its parts, each [1]. */
export interface Loss {
    /** crossEntropy + lambda * consistency. */
    total: Tensor;
    crossEntropy: Tensor;
    /** CC of SPEC section 3; absent without targets. */
    consistency?: Tensor;
}
/** CE = mean cross-entropy of cos(video, class) / temperature; CC = mean over classes of 2 - cos(w, s) - cos(w, t). */
export declare function videoTextLoss({ video, classes, labels, temperature, consistency }: LossInputs): Loss;
/**
 * Per class, the mean of its L2-normalised description features.
 *
 * @param features [total, embedDim], row-major, classes one after another
 * @param counts descriptions of each class; they may differ
 * @returns [classes, embedDim]
 */
export declare function descriptionMeans(features: Float32Array, counts: readonly number[], embedDim: number): Float32Array;
