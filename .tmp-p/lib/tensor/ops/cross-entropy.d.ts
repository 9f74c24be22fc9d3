import { type Matrix, type Vector } from '../shape.js';
import { Tensor } from '../tensor.js';
/**
 * Mean over the batch of -log softmax(logits)[label].
 *
 * @param logits [batch, classes], float32
 * @param labels [batch], int32; a label outside [0, classes) fails when it runs
 * @returns [1]
 * @throws MstaError ERR_SHAPE
 */
export declare function softmaxCrossEntropy(logits: Tensor<Matrix>, labels: Tensor<Vector>): Tensor<Vector>;
