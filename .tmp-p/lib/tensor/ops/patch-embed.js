import { record } from '../record.js';
import { shapeError } from '../shape.js';
import { expectShape, Tensor } from '../tensor.js';
/**
 * Turns a video into tokens: CLS first, then patch (j, t) at row 1 + j * frames + t (SPEC section 1).
 *
 * @param video [batch, channels, frames, height, width]
 * @returns [batch, 1 + patches * frames, width], float32 unless `dtype` says otherwise
 * @throws MstaError ERR_SHAPE
 */
export function patchEmbed(video, { weight, cls, position, temporal }, dtype = 'float32') {
    const [batch, channels, frames, height, width] = video.shape;
    const [features = 0, , , patch = 0] = weight.shape;
    const patches = Math.floor(height / patch) * Math.floor(width / patch);
    if (video.shape.length !== 5 || height % patch || width % patch)
        throw shapeError('patch_embed', 'expected video [batch, channels, frames, height, width], sides multiples of the patch', {
            video: video.shape,
            weight: weight.shape,
        });
    expectShape('patch_embed', 'weight', weight, [features, channels, 1, patch, patch]);
    expectShape('patch_embed', 'cls', cls, [features]);
    expectShape('patch_embed', 'position', position, [1 + patches, features]);
    expectShape('patch_embed', 'temporal', temporal, [frames, features]);
    const out = Tensor.empty(video.device, [batch, 1 + patches * frames, features], dtype);
    const numbers = [batch, channels, frames, height, width, patch, features];
    video.device.launch('patch_embed_forward', { video, weight, cls, position, temporal, out }, numbers);
    record('patch_embed', [weight, cls, position, temporal], [out], { video }, (saved, [grad], needed) => {
        const gradients = [weight, cls, position, temporal].map((t, i) => needed[i] ? Tensor.empty(video.device, t.shape) : null);
        const [gradWeight, gradCls, gradPosition, gradTemporal] = gradients;
        video.device.launch('patch_embed_backward', { grad, video: saved.video, gradWeight, gradCls, gradPosition, gradTemporal }, numbers);
        return gradients;
    });
    return out;
}
//# sourceMappingURL=patch-embed.js.map