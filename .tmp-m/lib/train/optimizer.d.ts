import type { Gradients } from '../tensor/tape.js';
import { Tensor } from '../tensor/tensor.js';
/** AdamW's constants; SPEC section 4 unless given. */
export interface AdamWOptions {
    betas?: readonly [number, number];
    eps?: number;
    weightDecay?: number;
}
/** The moments and the step count, for a checkpoint. */
export interface OptimizerState {
    step: number;
    /** `NAME.first` and `NAME.second`, by parameter name. */
    moments: Map<string, {
        shape: readonly number[];
        data: Float32Array;
    }>;
}
/** AdamW with decoupled weight decay on every parameter, as torch.optim.AdamW. */
export declare class AdamW {
    private readonly states;
    private readonly options;
    /** Updates done. */
    steps: number;
    /** @param parameters float32 tensors by name */
    constructor(parameters: Iterable<[string, Tensor]>, options?: AdamWOptions);
    /** Updates every parameter in place; one without a gradient still decays. */
    step(gradients: Gradients, learningRate: number): void;
    state(): Promise<OptimizerState>;
    /** Restores what {@link state} gave. @throws MstaError ERR_SHAPE */
    restore(state: {
        step: number;
        moments: ReadonlyMap<string, {
            data: ArrayLike<number>;
        }>;
    }): void;
    dispose(): void;
}
