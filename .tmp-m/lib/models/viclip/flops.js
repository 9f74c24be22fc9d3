import { patchesPerFrame, videoTokens } from './sizes.js';
/**
 * The paper's figures, in 10^9, counted by a tool it does not name. To print beside ours; ours are never tuned to them.
 */
export const PAPER_GMACS = {
    zeroShotViClip: 161.74,
    adaptedViClip: [179.8, 179.84],
    clip8Frames: 141,
    clip16Frames: 281,
};
function multiply(macs, factor) {
    return {
        attentionProjections: macs.attentionProjections * factor,
        attentionScores: macs.attentionScores * factor,
        mlp: macs.mlp * factor,
        total: macs.total * factor,
    };
}
/** One block of `width` on one sequence of `tokens`; causal attention is counted in full. */
export function blockMacs(tokens, width) {
    const attentionProjections = 4 * width ** 2 * tokens;
    const attentionScores = 2 * tokens ** 2 * width;
    const mlp = 8 * width ** 2 * tokens;
    return { attentionProjections, attentionScores, mlp, total: attentionProjections + attentionScores + mlp };
}
/** Multiply-accumulates of one clip of `config.video.frames` frames, every token through every block. */
export function videoMacs({ video, embedDim }) {
    const tokens = videoTokens(video);
    const patches = (tokens - 1) * 3 * video.patchSize ** 2 * video.width;
    const block = blockMacs(tokens, video.width);
    const blocks = multiply(block, video.layers);
    const projection = video.width * embedDim;
    return { patches, block, blocks, projection, total: patches + blocks.total + projection };
}
/** Multiply-accumulates of `prompts` texts of `length` ids each, the padded context unless given. */
export function textMacs({ text, embedDim }, prompts, length = text.contextLength) {
    const block = multiply(blockMacs(length, text.width), prompts);
    const blocks = multiply(block, text.layers);
    const projection = prompts * text.width * embedDim;
    return { prompts, length, block, blocks, projection, total: blocks.total + projection };
}
/** Multiply-accumulates of one clip, `prompts` class prompts and their similarities. */
export function viclipMacs(config, prompts, length) {
    const video = videoMacs(config);
    const text = textMacs(config, prompts, length);
    const similarity = prompts * config.embedDim;
    return { video, text, similarity, total: video.total + text.total + similarity };
}
/** Multiply-accumulates of one frame through the CLIP image encoder of the same sizes, for comparison. */
export function clipFrameMacs({ video, embedDim }) {
    const tokens = 1 + patchesPerFrame(video);
    const patches = (tokens - 1) * 3 * video.patchSize ** 2 * video.width;
    return patches + video.layers * blockMacs(tokens, video.width).total + video.width * embedDim;
}
//# sourceMappingURL=flops.js.map