import { layerNorm } from '../tensor/ops/layer-norm.js';
/** Layer normalisation over the last dimension, eps 1e-5. */
export class LayerNorm {
    weight;
    bias;
    constructor(parameters, width) {
        this.weight = parameters('weight', [width]);
        this.bias = parameters('bias', [width]);
    }
    /** @param x [..., width] @param dtype storage type of the result; that of x unless given */
    forward(x, dtype) {
        return layerNorm(x, this.weight, this.bias, { dtype });
    }
}
//# sourceMappingURL=layer-norm.js.map