import { scope } from '../tensor/scope.js';
import { Block } from './block.js';
import { subScope } from './parameters.js';
/** A stack of blocks. */
export class Transformer {
    blocks;
    constructor(parameters, layers, width, heads, dtype) {
        this.blocks = Array.from({ length: layers }, (_, i) => new Block(subScope(parameters, `resblocks.${i}`), width, heads, dtype));
    }
    /**
     * @param x [batch, tokens, width]
     * @param options `readsFirstTokenOnly`: only CLS is read afterwards, so the last block computes nothing else
     */
    forward(x, options = {}) {
        const { causal = false, readsFirstTokenOnly = false, adapters } = options;
        let tokens = x;
        this.blocks.forEach((block, i) => {
            const firstTokenOnly = readsFirstTokenOnly && i === this.blocks.length - 1;
            const next = scope(() => block.forward(tokens, { causal, firstTokenOnly, adapter: adapters?.(i) }));
            if (tokens !== x)
                tokens.dispose();
            tokens = next;
        });
        return tokens;
    }
    /** Drops packed copies of weights; they are made again when needed. */
    forgetPacked() {
        for (const block of this.blocks)
            for (const linear of block.linears)
                linear.forgetPacked();
    }
}
//# sourceMappingURL=transformer.js.map