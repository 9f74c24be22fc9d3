import { linear } from '../../tensor/ops/linear.js';
import { mstaAdapter } from '../../tensor/ops/msta-adapter.js';
import { temporalConv } from '../../tensor/ops/temporal-conv.js';
import { temporalGroups } from './config.js';
/** MSTA in one block of one encoder: output + alpha * (U z + temporal z), z = dropout(relu(S relu(D ln_1 x))). */
export class MstaBlock {
    config;
    draw;
    down;
    shared;
    up;
    temporal;
    stream;
    frames;
    groups;
    constructor(parameters, config, model, encoder, block, draw) {
        this.config = config;
        this.draw = draw;
        const find = (name) => ({
            weight: parameters.get(`${name}.weight`),
            bias: parameters.get(`${name}.bias`),
        });
        this.down = find(`${encoder}.${block}.down`);
        this.up = find(`${encoder}.${block}.up`);
        this.shared = config.shared ? find(`shared.${block}`) : undefined;
        const hasTemporal = encoder === 'video' && config.temporal !== 'none';
        this.temporal = hasTemporal ? find(`video.${block}.temporal`) : undefined;
        this.frames = model.video.frames;
        this.groups = temporalGroups(config, model[encoder].width);
        this.stream = block * 2 + (encoder === 'text' ? 1 : 0);
    }
    adapt({ normed, output }) {
        const { alpha } = this.config;
        const draw = this.draw();
        const { out, z } = mstaAdapter(normed, output, {
            down: this.down,
            shared: this.shared,
            up: this.up,
            alpha,
            dropout: draw?.probability ?? 0,
            seed: draw?.seed ?? 0,
            // A mask of its own for every block of every step.
            stream: (draw?.step ?? 0) * 4096 + this.stream,
        });
        const onlyCls = normed.shape[1] === 1;
        if (!this.temporal || onlyCls)
            return out;
        // The depth-wise variant convolves the up-projected path instead of z.
        const { temporal: kind } = this.config;
        const input = kind === 'depthwise' ? linear(z, this.up.weight, { bias: this.up.bias }) : z;
        return temporalConv(input, out, { ...this.temporal, frames: this.frames, groups: this.groups, alpha });
    }
}
//# sourceMappingURL=block.js.map