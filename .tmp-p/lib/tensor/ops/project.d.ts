import { type Matrix } from '../shape.js';
import { Tensor } from '../tensor.js';
/**
 * x @ projection, for projections stored [in, out] (CLIP's `proj` and `text_projection`).
 *
 * @param x [rows, in]
 * @param projection [in, out]
 * @returns [rows, out], float32
 * @throws MstaError ERR_SHAPE
 */
export declare function project(x: Tensor, projection: Tensor): Tensor<Matrix>;
