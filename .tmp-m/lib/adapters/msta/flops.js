import { videoTokens } from '../../models/viclip/config.js';
import { isAdapted, temporalGroups } from './config.js';
function encoderMacs(config, model, encoder, tokens) {
    const { dim, temporalKernel } = config;
    const { width } = model[encoder];
    const blocks = config.layers.filter((layer) => isAdapted(config, model, encoder, layer)).length;
    const down = blocks * tokens * width * dim;
    const shared = config.shared ? blocks * tokens * dim ** 2 : 0;
    const hasTemporal = encoder === 'video' && config.temporal !== 'none';
    const inputs = config.temporal === 'depthwise' ? width : dim;
    const perPatch = (width * temporalKernel * inputs) / temporalGroups(config, width);
    const temporal = hasTemporal ? blocks * (tokens - 1) * perPatch : 0;
    return { down, shared, up: down, temporal, total: 2 * down + shared + temporal };
}
/**
 * Multiply-accumulates that the adapter adds to one clip and to `prompts` class prompts of `length` ids each (the
 * padded context unless given). The temporal convolution counts its padding.
 */
export function mstaMacs(config, model, prompts, length = model.text.contextLength) {
    const video = encoderMacs(config, model, 'video', videoTokens(model.video));
    const text = encoderMacs(config, model, 'text', prompts * length);
    return { video, text, total: video.total + text.total };
}
//# sourceMappingURL=flops.js.map