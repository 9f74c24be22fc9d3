import { linear, packWeight } from '../tensor/ops/linear.js';
/** A linear layer. A frozen weight is packed once, at first use, for the matrix kernels. */
export class Linear {
    weight;
    bias;
    packed;
    /** @param weight [out, in] @param bias [out] */
    constructor(weight, bias) {
        this.weight = weight;
        this.bias = bias;
    }
    /** residual + activation(x weight^T + bias). @param x [..., in] @returns [..., out] */
    forward(x, options = {}) {
        this.pack();
        return linear(x, this.weight, { ...options, bias: this.bias, packed: this.packed });
    }
    /** Packs a frozen weight unless that is done; enqueues work, does not wait. @returns whether there was any */
    pack() {
        if (this.weight.requiresGrad)
            this.forgetPacked();
        else if (!this.packed) {
            this.packed = packWeight(this.weight).keep();
            return true;
        }
        return false;
    }
    /** Must follow any change of the weight's values. */
    forgetPacked() {
        this.packed?.dispose();
        this.packed = undefined;
    }
}
//# sourceMappingURL=linear.js.map