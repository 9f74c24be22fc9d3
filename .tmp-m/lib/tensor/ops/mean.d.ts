import type { Vector } from '../shape.js';
import { Tensor } from '../tensor.js';
/** Mean of all elements of `x` (float32), as a tensor [1]. */
export declare function mean(x: Tensor): Tensor<Vector>;
