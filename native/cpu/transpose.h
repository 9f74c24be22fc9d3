#pragma once
#include "simd.h"

namespace msta::MSTA_ISA {

// a0 b0 a1 b1 ... of the lower and of the upper halves.
static inline vf interleave_low(vf a, vf b) {
#if MSTA_SIMD_BYTES == 64
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
#elif MSTA_SIMD_BYTES == 32
  return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
#else
  return __builtin_shufflevector(a, b, 0, 4, 1, 5);
#endif
}
static inline vf interleave_high(vf a, vf b) {
#if MSTA_SIMD_BYTES == 64
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#elif MSTA_SIMD_BYTES == 32
  return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
#else
  return __builtin_shufflevector(a, b, 2, 6, 3, 7);
#endif
}

// Exchanges rows and columns of a square of registers, by perfect shuffles: each moves one bit of a row's
// number into the column's.
static inline __attribute__((always_inline)) void transpose(vf (&x)[lanes]) {
#pragma GCC unroll 4
  for (int round = 1; round < lanes; round *= 2) {
    vf y[lanes];
#pragma GCC unroll 8
    for (int i = 0; i < lanes / 2; i++) {
      y[2 * i] = interleave_low(x[i], x[i + lanes / 2]);
      y[2 * i + 1] = interleave_high(x[i], x[i + lanes / 2]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < lanes; i++) x[i] = y[i];
  }
}

}  // namespace msta::MSTA_ISA
