import type { DType } from '../../runtime/binding.js';
import { type Ids, type Tokens } from '../shape.js';
import { Tensor } from '../tensor.js';
/**
 * table[ids] + position.
 *
 * @param ids [batch, length], int32
 * @param table [vocabulary, width]
 * @param position [context >= length, width]
 * @returns [batch, length, width], float32 unless `dtype` says otherwise
 * @throws MstaError ERR_SHAPE; an id outside the vocabulary fails when it runs
 */
export declare function tokenEmbed(ids: Tensor<Ids>, table: Tensor, position: Tensor, dtype?: DType): Tensor<Tokens>;
