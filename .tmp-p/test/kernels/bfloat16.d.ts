/** bfloat16 for the tests, written apart from the library's own conversion. */
/** The 16 bits of a number, rounded to nearest even; NaN stays NaN. */
export declare function bfloat16Bits(x: number): number;
/** The number that 16 bits stand for. */
export declare function fromBfloat16Bits(half: number): number;
/** The nearest number that bfloat16 can hold. */
export declare const roundToBfloat16: (x: number) => number;
