/**
 * Sixteen-bit floating point, as the bits that safetensors and PyTorch store. Conversions to sixteen bits round to
 * nearest, ties to even; infinities and NaN stay what they are.
 */
/** Float32 values of bfloat16 bits. */
export declare function fromBfloat16(bits: Uint16Array): Float32Array;
/** Bfloat16 bits of float32 values. */
export declare function toBfloat16(values: Float32Array): Uint16Array;
/** Float32 values of IEEE binary16 bits. */
export declare function fromFloat16(bits: Uint16Array): Float32Array;
/** IEEE binary16 bits of float32 values; magnitudes of 65520 and more become infinite. */
export declare function toFloat16(values: Float32Array): Uint16Array;
