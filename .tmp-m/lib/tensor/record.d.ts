import type { Tensor } from './tensor.js';
/** A tensor, or nothing where an operand or a gradient is absent. */
export type MaybeTensor = Tensor | null | undefined;
/** Given the gradients of an operation's outputs, those of its inputs, in order; null where none flows. */
export type Backward = (grads: (Tensor | null)[], needed: boolean[]) => MaybeTensor[];
/** What operations report themselves to: a tape. */
export interface Recorder {
    add(op: string, inputs: MaybeTensor[], outputs: Tensor[], saved: Tensor[], backward: Backward): void;
}
/** Runs a synchronous function with `recorder` told of every operation that needs a gradient. */
export declare function recording<T>(recorder: Recorder, body: () => T): T;
/** Whether a tape is listening and one of the tensors needs a gradient. */
export declare function isTracked(...tensors: MaybeTensor[]): boolean;
/**
 * Puts an operation on the listening tape, if an input needs a gradient. `saved` tensors stay alive for `backward`,
 * which gets the handles it may use.
 */
export declare function record<Saved extends Record<string, MaybeTensor>>(op: string, inputs: MaybeTensor[], outputs: Tensor[], saved: Saved, backward: (saved: Saved, grads: (Tensor | null)[], needed: boolean[]) => MaybeTensor[]): void;
