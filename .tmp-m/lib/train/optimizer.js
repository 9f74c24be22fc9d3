import { adamwUpdate } from '../tensor/ops/adamw.js';
import { combine } from '../tensor/ops/combine.js';
import { Tensor } from '../tensor/tensor.js';
/** AdamW with decoupled weight decay on every parameter, as torch.optim.AdamW. */
export class AdamW {
    states = new Map();
    options;
    /** Updates done. */
    steps = 0;
    /** @param parameters float32 tensors by name */
    constructor(parameters, options = {}) {
        this.options = { betas: [0.9, 0.98], eps: 1e-8, weightDecay: 1e-3, ...options };
        for (const [name, parameter] of parameters) {
            const zeros = () => {
                const tensor = Tensor.empty(parameter.device, parameter.shape).keep();
                return combine([], [], { like: tensor, out: tensor });
            };
            this.states.set(name, { parameter, firstMoment: zeros(), secondMoment: zeros() });
        }
    }
    /** Updates every parameter in place; one without a gradient still decays. */
    step(gradients, learningRate) {
        this.steps++;
        for (const state of this.states.values())
            adamwUpdate(state, gradients.get(state.parameter), { ...this.options, step: this.steps, learningRate });
    }
    async state() {
        const moments = new Map();
        for (const [name, { firstMoment, secondMoment }] of this.states) {
            moments.set(`${name}.first`, { shape: firstMoment.shape, data: await firstMoment.data() });
            moments.set(`${name}.second`, { shape: secondMoment.shape, data: await secondMoment.data() });
        }
        return { step: this.steps, moments };
    }
    /** Restores what {@link state} gave. @throws MstaError ERR_SHAPE */
    restore(state) {
        for (const [name, { firstMoment, secondMoment }] of this.states) {
            firstMoment.set(state.moments.get(`${name}.first`)?.data ?? []);
            secondMoment.set(state.moments.get(`${name}.second`)?.data ?? []);
        }
        this.steps = state.step;
    }
    dispose() {
        for (const { firstMoment, secondMoment } of this.states.values()) {
            firstMoment.dispose();
            secondMoment.dispose();
        }
        this.states.clear();
    }
}
//# sourceMappingURL=optimizer.js.map