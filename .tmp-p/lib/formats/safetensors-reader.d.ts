import { type SafetensorsFile, type TensorEntry } from './safetensors-header.js';
/** A tensor in memory: floats as float32, integers as int32, U8, I8 and BOOL as bytes. */
export interface LoadedTensor {
    /** The type in the file, before conversion. */
    dtype: TensorEntry['dtype'];
    shape: number[];
    data: Float32Array | Int32Array | Uint8Array | Int8Array;
}
/** What {@link readAll} reads. */
export interface ReadAllOptions {
    /** Only the tensors this accepts; all of them when left out. */
    select?: (name: string) => boolean;
    signal?: AbortSignal;
}
/** Reads and checks the header of a safetensors file. Throws ERR_FILE when unreadable, ERR_FORMAT when invalid. */
export declare function readHeader(path: string): Promise<SafetensorsFile>;
/**
 * One tensor's values in row-major order, F16, BF16 and F64 converted to float32.
 * Throws ERR_FORMAT when there is none of that name or it is not floating-point, ERR_FILE when it cannot be read.
 */
export declare function readTensor(file: SafetensorsFile, name: string): Promise<Float32Array>;
/** As {@link readTensor} for integers (and BOOL); values beyond 32 bits are ERR_FORMAT. */
export declare function readIntTensor(file: SafetensorsFile, name: string): Promise<Int32Array>;
/** Reads a file's tensors into memory, in the order of the header. Errors as {@link readHeader}, {@link readTensor}. */
export declare function readAll(path: string, options?: ReadAllOptions): Promise<{
    metadata: Record<string, string>;
    tensors: Map<string, LoadedTensor>;
}>;
