import type { ParameterScope } from '../../nn/parameters.js';
import { type AdapterLookup, Transformer } from '../../nn/transformer.js';
import type { DType } from '../../runtime/binding.js';
import type { Embeddings, Video } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type ViClipConfig } from './sizes.js';
/** ViCLIP's video encoder: joint attention over all patches of all frames and one class token (SPEC section 1). */
export declare class VideoEncoder {
    private readonly weight;
    private readonly cls;
    private readonly position;
    private readonly temporal;
    private readonly lnPre;
    private readonly lnPost;
    private readonly projection;
    readonly transformer: Transformer;
    constructor(parameters: ParameterScope, { video, embedDim }: ViClipConfig, dtype: DType);
    /**
     * @param video [batch, 3, frames, resolution, resolution], normalised
     * @returns [batch, embedDim], float32, before L2 normalisation
     * @throws MstaError ERR_SHAPE when the video is not of the model's size
     */
    forward(video: Tensor<Video>, adapters?: AdapterLookup): Tensor<Embeddings>;
}
