import { attention } from '../tensor/ops/attention.js';
import { gatherRows } from '../tensor/ops/gather-rows.js';
import { reshape } from '../tensor/ops/reshape.js';
import { LayerNorm } from './layer-norm.js';
import { Linear } from './linear.js';
import { subScope } from './parameters.js';
/** A pre-norm transformer block: x += attention(ln_1 x); x += mlp(ln_2 x), with QuickGELU (SPEC section 1). */
export class Block {
    width;
    heads;
    dtype;
    ln1;
    inProjection;
    outProjection;
    ln2;
    up;
    down;
    constructor(parameters, width, heads, 
    /** Storage type of everything but the residual stream. */
    dtype) {
        this.width = width;
        this.heads = heads;
        this.dtype = dtype;
        const attn = subScope(parameters, 'attn');
        this.ln1 = new LayerNorm(subScope(parameters, 'ln_1'), width);
        this.inProjection = new Linear(attn('in_proj_weight', [3 * width, width]), attn('in_proj_bias', [3 * width]));
        const linear = (name, out, features) => new Linear(parameters(`${name}.weight`, [out, features]), parameters(`${name}.bias`, [out]));
        this.outProjection = linear('attn.out_proj', width, width);
        this.ln2 = new LayerNorm(subScope(parameters, 'ln_2'), width);
        this.up = linear('mlp.c_fc', 4 * width, width);
        this.down = linear('mlp.c_proj', width, 4 * width);
    }
    /** @param x [batch, tokens, width] @returns the same shape, or [batch, 1, width] with `firstTokenOnly` */
    forward(x, { causal, firstTokenOnly, adapter } = {}) {
        const normed = this.ln1.forward(x, this.dtype);
        const qkv = this.inProjection.forward(normed);
        const context = attention(qkv, {
            heads: this.heads,
            causal: causal ?? false,
            firstQueryOnly: firstTokenOnly ?? false,
        });
        const residual = firstTokenOnly ? firstTokens(x) : x;
        const attended = this.outProjection.forward(context, { residual });
        const hidden = this.up.forward(this.ln2.forward(attended, this.dtype), { activation: 'quickGelu' });
        const output = this.down.forward(hidden, { residual: attended });
        if (!adapter)
            return output;
        return adapter.adapt({ normed: firstTokenOnly ? firstTokens(normed) : normed, attended, output });
    }
    /** All linear layers, for packing and unpacking. */
    get linears() {
        return [this.inProjection, this.outProjection, this.up, this.down];
    }
}
/** The first token of each sequence: [batch, tokens, width] to [batch, 1, width]. */
export function firstTokens(x) {
    const [batch, tokens, width] = x.shape;
    const rows = Array.from({ length: batch }, (_, b) => b * tokens);
    return reshape(gatherRows(x, rows), [batch, 1, width]);
}
//# sourceMappingURL=block.js.map