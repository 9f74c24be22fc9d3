import type { DType } from '../../lib/runtime/binding.js';
import type { Device } from '../../lib/runtime/device.js';
import { type ParityCase } from './case.js';
/** One quantity of a case: our value beside the reference. */
export interface Quantity {
    name: string;
    kind: 'forward' | 'gradient';
    actual: ArrayLike<number>;
    expected: ArrayLike<number>;
}
/** Computes every quantity a case has a reference for. */
export declare function runCase(device: Device, spec: ParityCase, dtype: DType): Promise<Quantity[]>;
