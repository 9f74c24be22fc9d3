/** Numbers to the bytes of a storage type and back. */
import { type DType } from '../../lib/runtime/binding.js';
/** The nearest value that the storage type holds. */
export declare function roundTo(dtype: DType, x: number): number;
/** Values as the storage type lays them out. */
export declare function encode(dtype: DType, values: ArrayLike<number>): Uint8Array;
/** The inverse of {@link encode}. */
export declare function decode(dtype: DType, bytes: Uint8Array): Float64Array;
