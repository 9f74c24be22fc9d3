import type { DType } from '../../runtime/binding.js';
import { type Tokens, type Video } from '../shape.js';
import { Tensor } from '../tensor.js';
/** Parameters of {@link patchEmbed}. */
export interface PatchEmbedParameters {
    /** [width, channels, 1, patch, patch] */
    weight: Tensor;
    /** Class token [width]. */
    cls: Tensor;
    /** Spatial embedding [1 + patches, width]; row 0 is the class token's. */
    position: Tensor;
    /** Temporal embedding [frames, width]. */
    temporal: Tensor;
}
/**
 * Turns a video into tokens: CLS first, then patch (j, t) at row 1 + j * frames + t (SPEC section 1).
 *
 * @param video [batch, channels, frames, height, width]
 * @returns [batch, 1 + patches * frames, width], float32 unless `dtype` says otherwise
 * @throws MstaError ERR_SHAPE
 */
export declare function patchEmbed(video: Tensor<Video>, { weight, cls, position, temporal }: PatchEmbedParameters, dtype?: DType): Tensor<Tokens>;
