/** Numbers to the bytes of a storage type and back. */
import { DTYPE_BYTES } from '../../lib/runtime/binding.js';
import { bfloat16Bits, fromBfloat16Bits, roundToBfloat16 } from './bfloat16.js';
/** The nearest value that the storage type holds. */
export function roundTo(dtype, x) {
    if (dtype === 'float32')
        return Math.fround(x);
    return dtype === 'bfloat16' ? roundToBfloat16(x) : x;
}
/** Values as the storage type lays them out. */
export function encode(dtype, values) {
    const bytes = new Uint8Array(values.length * DTYPE_BYTES[dtype]);
    if (dtype === 'float32')
        new Float32Array(bytes.buffer).set(values);
    else if (dtype === 'int32')
        new Int32Array(bytes.buffer).set(values);
    else if (dtype === 'uint8')
        bytes.set(values);
    else
        new Uint16Array(bytes.buffer).set(Array.from(values, bfloat16Bits));
    return bytes;
}
/** The inverse of {@link encode}. */
export function decode(dtype, bytes) {
    const own = bytes.slice().buffer;
    if (dtype === 'float32')
        return Float64Array.from(new Float32Array(own));
    if (dtype === 'int32')
        return Float64Array.from(new Int32Array(own));
    if (dtype === 'uint8')
        return Float64Array.from(bytes);
    return Float64Array.from(new Uint16Array(own), fromBfloat16Bits);
}
//# sourceMappingURL=storage.js.map