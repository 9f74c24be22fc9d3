/** bfloat16 for the tests, written apart from the library's own conversion. */
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);
/** The 16 bits of a number, rounded to nearest even; NaN stays NaN. */
export function bfloat16Bits(x) {
    float[0] = x;
    if (Number.isNaN(x))
        return 0x7fc0;
    const lowest = bits[0] & 0xffff;
    const kept = bits[0] >>> 16;
    const up = lowest > 0x8000 || (lowest === 0x8000 && kept % 2 === 1);
    return up ? kept + 1 : kept;
}
/** The number that 16 bits stand for. */
export function fromBfloat16Bits(half) {
    bits[0] = half << 16;
    return float[0];
}
/** The nearest number that bfloat16 can hold. */
export const roundToBfloat16 = (x) => fromBfloat16Bits(bfloat16Bits(x));
//# sourceMappingURL=bfloat16.js.map