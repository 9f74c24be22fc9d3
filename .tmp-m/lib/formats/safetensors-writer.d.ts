import { type SafetensorsDtype } from './safetensors-header.js';
/** Values of a tensor to write. F16 and BF16 take their bits as Uint16Array, or float32 values to round. */
export type TensorData = Float32Array | Float64Array | BigInt64Array | BigUint64Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;
/** A tensor to write. */
export interface TensorToWrite {
    dtype: SafetensorsDtype;
    /** Outermost dimension first; empty for a scalar. */
    shape: readonly number[];
    /** Row-major; a function is called when its turn comes, so that not all tensors need be in memory at once. */
    data: TensorData | (() => TensorData | Promise<TensorData>);
}
/** Options of {@link writeSafetensors}. */
export interface WriteOptions {
    signal?: AbortSignal;
}
/**
 * Writes a safetensors file: first to a temporary file beside it, which then takes its place, so that `file` is
 * either the old one or the whole new one. The header's keys are sorted by name; the data are ordered by element
 * size, then name, and start at a multiple of eight bytes, so that every tensor is aligned.
 * Throws ERR_ARGUMENT for a tensor whose type, shape and data disagree, ERR_FILE when writing fails.
 */
export declare function writeSafetensors(file: string, tensors: ReadonlyMap<string, TensorToWrite> | Readonly<Record<string, TensorToWrite>>, metadata?: Readonly<Record<string, string>>, options?: WriteOptions): Promise<void>;
