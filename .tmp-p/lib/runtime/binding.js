/** Types of the native addon (`native/addon`). Only `lib/runtime` and `lib/tensor` use them. */
/** Storage types, numbered as in `native/runtime/dtype.h`. */
export const DTYPE_CODES = { float32: 0, bfloat16: 1, uint8: 2, int32: 3 };
/** Bytes of one element. */
export const DTYPE_BYTES = { float32: 4, bfloat16: 2, uint8: 1, int32: 4 };
//# sourceMappingURL=binding.js.map