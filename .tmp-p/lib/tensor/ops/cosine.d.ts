import { type Matrix, type Vector } from '../shape.js';
import { Tensor } from '../tensor.js';
/**
 * scale * cosine of every row of `a` with every row of `b`, float32; a zero row has cosine 0.
 *
 * @param a [rows, width]
 * @param b [columns, width]
 * @returns [rows, columns]
 * @throws MstaError ERR_SHAPE
 */
export declare const cosine: (a: Tensor, b: Tensor, scale?: number) => Tensor<Matrix>;
/** Cosine of each row of `a` [rows, width] with the same row of `b`; returns [rows], float32. */
export declare const pairedCosine: (a: Tensor, b: Tensor) => Tensor<Vector>;
