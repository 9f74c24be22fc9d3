import { Device } from '../../lib/runtime/device.js';
import { type Shape } from '../../lib/tensor/shape.js';
import { Tensor } from '../../lib/tensor/tensor.js';
export declare const device: Device;
/** Numbers in [-spread, spread), the same for the same seed. */
export declare function numbers(count: number, seed: number, spread?: number): Float32Array;
/** Names and shapes of the inputs to differentiate by. */
export type InputShapes<Name extends string> = Record<Name, Shape>;
/** A scalar that depends smoothly and differently on every value of `x`. */
export declare function smoothLoss(x: Tensor): Tensor;
type Inputs<Name extends string> = Record<Name, Tensor>;
/**
 * Compares every value of every input's gradient of `smoothLoss(forward(inputs))`, and checks that nothing is left in
 * memory afterwards.
 */
export declare function checkThroughTape<Name extends string>(shapes: InputShapes<Name>, forward: (inputs: Inputs<Name>) => Tensor, { seed, spread }?: {
    seed?: number | undefined;
    spread?: number | undefined;
}): Promise<void>;
export {};
