import { LayerNorm } from '../../nn/layer-norm.js';
import { subScope } from '../../nn/parameters.js';
import { Transformer } from '../../nn/transformer.js';
import { patchEmbed } from '../../tensor/ops/patch-embed.js';
import { project } from '../../tensor/ops/project.js';
import { reshape } from '../../tensor/ops/reshape.js';
import { scope } from '../../tensor/scope.js';
import { patchesPerFrame } from './sizes.js';
/** ViCLIP's video encoder: joint attention over all patches of all frames and one class token (SPEC section 1). */
export class VideoEncoder {
    weight;
    cls;
    position;
    temporal;
    lnPre;
    lnPost;
    projection;
    transformer;
    constructor(parameters, { video, embedDim }, dtype) {
        const { width, patchSize, frames, layers, heads } = video;
        this.weight = parameters('conv1.weight', [width, 3, 1, patchSize, patchSize]);
        this.cls = parameters('class_embedding', [width]);
        this.position = parameters('positional_embedding', [1 + patchesPerFrame(video), width]);
        this.temporal = parameters('temporal_positional_embedding', [1, frames, width]);
        this.lnPre = new LayerNorm(subScope(parameters, 'ln_pre'), width);
        this.lnPost = new LayerNorm(subScope(parameters, 'ln_post'), width);
        this.projection = parameters('proj', [width, embedDim]);
        this.transformer = new Transformer(subScope(parameters, 'transformer'), layers, width, heads, dtype);
    }
    /**
     * @param video [batch, 3, frames, resolution, resolution], normalised
     * @returns [batch, embedDim], float32, before L2 normalisation
     * @throws MstaError ERR_SHAPE when the video is not of the model's size
     */
    forward(video, adapters) {
        return scope(() => {
            const temporal = reshape(this.temporal, [this.temporal.shape[1], this.temporal.shape[2]]);
            const tokens = scope(() => this.lnPre.forward(patchEmbed(video, { weight: this.weight, cls: this.cls, position: this.position, temporal })));
            const cls = this.transformer.forward(tokens, { readsFirstTokenOnly: true, adapters });
            const normed = this.lnPost.forward(cls);
            return project(reshape(normed, [normed.shape[0], normed.shape[2]]), this.projection);
        });
    }
}
//# sourceMappingURL=video-encoder.js.map