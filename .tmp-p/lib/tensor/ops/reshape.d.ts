import type { Shape } from '../shape.js';
import type { Tensor } from '../tensor.js';
/** `x` under another shape of the same size, sharing its memory. @throws MstaError ERR_SHAPE */
export declare function reshape<S extends Shape>(x: Tensor, shape: S): Tensor<S>;
