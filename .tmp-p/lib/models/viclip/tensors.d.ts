import { type ViClipConfig } from './sizes.js';
/** Name of the checkpoint scalar that similarities are divided by. */
export declare const TEMPERATURE = "temp";
/** Every tensor of a model's checkpoint under its public name, with its shape (`[]` for the scalar `temp`). */
export declare function expectedTensors(config: ViClipConfig): Map<string, number[]>;
/** Number of values in tensors of the given shapes. */
export declare function countValues(shapes: Iterable<readonly number[]>): number;
/** Number of parameters of a model, `temp` included. */
export declare function parameterCount(config: ViClipConfig): number;
