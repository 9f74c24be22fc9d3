import { MstaError } from '../runtime/errors.js';
/** Bytes of one element, by safetensors' name of the data type. */
export declare const DTYPE_BYTES: {
    readonly F64: 8;
    readonly I64: 8;
    readonly U64: 8;
    readonly F32: 4;
    readonly I32: 4;
    readonly U32: 4;
    readonly F16: 2;
    readonly BF16: 2;
    readonly I16: 2;
    readonly U16: 2;
    readonly I8: 1;
    readonly U8: 1;
    readonly BOOL: 1;
    readonly F8_E4M3: 1;
    readonly F8_E5M2: 1;
};
/** A data type of the safetensors format. */
export type SafetensorsDtype = keyof typeof DTYPE_BYTES;
/** Where one tensor lies in its file. */
export interface TensorEntry {
    dtype: SafetensorsDtype;
    /** Outermost dimension first; empty for a scalar. */
    shape: number[];
    /** Of the first byte, counted from the start of the file. */
    offset: number;
    bytes: number;
}
/** A checked header: every tensor lies inside the file, none overlaps another, no byte is left over. */
export interface SafetensorsFile {
    path: string;
    /** Size of the file in bytes. */
    size: number;
    /** The free-form strings under `__metadata__`; an object without a prototype. */
    metadata: Record<string, string>;
    tensors: Map<string, TensorEntry>;
}
/** Bytes before the header: its length, 64 bits, little-endian. */
export declare const PREFIX_BYTES = 8;
/** The key of the header that is not a tensor. */
export declare const METADATA_KEY = "__metadata__";
/** A tensor's name as a message shows it: quoted, escaped, not too long. */
export declare function quoteName(name: string): string;
/** An ERR_FORMAT about `file`. */
export declare function formatError(file: string, what: string, cause?: unknown): MstaError;
/** Throws ERR_FORMAT for a name that a plain object cannot hold as a key of its own. */
export declare function checkName(file: string, name: string): void;
/** Length of the header in bytes, read from the file's first eight; checked against the file's size. */
export declare function parseHeaderLength(file: string, prefix: Uint8Array, size: number): number;
/**
 * Checks a header's bytes (without the length before them) as hostile input. `file` names the file in errors, `size`
 * is its size in bytes. Throws ERR_FORMAT.
 */
export declare function parseHeader(file: string, header: Uint8Array, size: number): SafetensorsFile;
