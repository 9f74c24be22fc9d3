import { type Backward, type MaybeTensor, type Recorder } from './record.js';
import type { Tensor } from './tensor.js';
/** Gradients of a loss, by parameter. A parameter that the loss does not depend on has none (a zero gradient). */
export declare class Gradients {
    private readonly byTensor;
    constructor(byTensor: Map<Tensor, Tensor>);
    get(parameter: Tensor): Tensor | undefined;
    dispose(): void;
}
/**
 * Remembers the operations run under it, so that {@link backward} can follow them back. It holds on to the tensors
 * they need, and lets go of them in `backward` or `dispose`.
 */
export declare class Tape implements Recorder {
    private entries;
    /** Runs `forward` (synchronous) with this tape listening. */
    watch<T>(forward: () => T): T;
    /** Called by operations, through `record`. */
    add(op: string, inputs: MaybeTensor[], outputs: Tensor[], saved: Tensor[], backward: Backward): void;
    /**
     * Gradients of `loss` [1] with respect to `parameters`. The tape is empty afterwards.
     *
     * @throws MstaError ERR_ARGUMENT when the loss does not depend on any tensor that requires a gradient
     */
    backward(loss: Tensor, parameters: Iterable<Tensor>): Gradients;
    /** Lets go of everything remembered. */
    dispose(): void;
    private follow;
}
