import { type Matrix } from '../shape.js';
import { Tensor } from '../tensor.js';
/**
 * out[i] = x[indices[i]], rows counted over all but the last dimension.
 *
 * @param x [..., width]
 * @param indices row numbers; one outside x fails when it runs
 * @returns [count, width]
 */
export declare function gatherRows(x: Tensor, indices: readonly number[]): Tensor<Matrix>;
