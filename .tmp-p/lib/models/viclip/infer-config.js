import { MstaError } from '../../runtime/errors.js';
import { checkConfig } from './sizes.js';
const HEAD_WIDTH = 64;
/**
 * The configuration of a checkpoint, from its tensors' public names and shapes (further tensors are ignored).
 * Throws ERR_CHECKPOINT when a tensor it is read from is missing or of another rank, ERR_ARGUMENT as `checkConfig`.
 */
export function inferConfig(shapes, options = {}) {
    const file = options.file ?? 'checkpoint';
    const fail = (what) => new MstaError('ERR_CHECKPOINT', `${file}: ${what}. It is not a ViCLIP checkpoint with the public names.`, {
        ...(options.file !== undefined && { file: options.file }),
    });
    const shapeOf = (name, rank) => {
        const shape = shapes.get(name);
        if (shape === undefined)
            throw fail(`tensor "${name}" is missing`);
        if (shape.length !== rank)
            throw fail(`tensor "${name}" has the shape [${shape}] where ${rank} dimensions are expected`);
        return [...shape];
    };
    const countBlocks = (encoder) => {
        let layers = 0;
        while (shapes.has(`${encoder}.transformer.resblocks.${layers}.ln_1.weight`))
            layers++;
        if (layers === 0)
            throw fail(`tensor "${encoder}.transformer.resblocks.0.ln_1.weight" is missing`);
        return layers;
    };
    const headsOf = (name, width, heads) => {
        if (heads !== undefined)
            return heads;
        if (width % HEAD_WIDTH === 0)
            return width / HEAD_WIDTH;
        throw new MstaError('ERR_ARGUMENT', `${file}: the ${name} encoder's width ${width} is no multiple of ${HEAD_WIDTH}, so its heads are unknown. ` +
            `Pass ${name}Heads.`);
    };
    const [width = 0, , , patchSize = 0] = shapeOf('vision_encoder.conv1.weight', 5);
    const [positions = 0] = shapeOf('vision_encoder.positional_embedding', 2);
    const [, frames = 0] = shapeOf('vision_encoder.temporal_positional_embedding', 3);
    const [, embedDim = 0] = shapeOf('vision_encoder.proj', 2);
    const [vocabularySize = 0, textWidth = 0] = shapeOf('text_encoder.token_embedding.weight', 2);
    const [contextLength = 0] = shapeOf('text_encoder.positional_embedding', 2);
    const grid = Math.sqrt(positions - 1);
    if (!Number.isInteger(grid) || grid === 0) {
        throw fail(`tensor "vision_encoder.positional_embedding" has ${positions} rows, which is not 1 and a square`);
    }
    return checkConfig({
        video: {
            resolution: grid * patchSize,
            patchSize,
            frames,
            width,
            layers: countBlocks('vision_encoder'),
            heads: headsOf('video', width, options.videoHeads),
        },
        text: {
            width: textWidth,
            layers: countBlocks('text_encoder'),
            heads: headsOf('text', textWidth, options.textHeads),
            contextLength,
            vocabularySize,
        },
        embedDim,
    });
}
//# sourceMappingURL=infer-config.js.map