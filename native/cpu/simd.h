#pragma once
#include <cstddef>
#include <cstdint>

#include "../runtime/dtype.h"

// Vectors of the instruction set this file is compiled for, by GCC/Clang vector extensions: the same
// kernel source serves every instruction set. Everything lives in the namespace MSTA_ISA (avx512_bf16,
// avx512, avx2 or portable) so that no function of one build can be linked into another.
#ifndef MSTA_ISA
#error "MSTA_ISA must name the instruction set (set by binding.gyp and CMakeLists.txt)"
#endif
#if defined(__AVX512F__)
#define MSTA_SIMD_BYTES 64
#elif defined(__AVX2__)
#define MSTA_SIMD_BYTES 32
#else
#define MSTA_SIMD_BYTES 16
#endif

namespace msta::MSTA_ISA {

constexpr int lanes = MSTA_SIMD_BYTES / 4;
typedef float vf __attribute__((vector_size(MSTA_SIMD_BYTES)));
typedef int32_t vi __attribute__((vector_size(MSTA_SIMD_BYTES)));
typedef uint32_t vu __attribute__((vector_size(MSTA_SIMD_BYTES)));
typedef uint16_t vh __attribute__((vector_size(MSTA_SIMD_BYTES / 2)));

struct bf16 {
  uint16_t bits;
};

static inline vf splat(float x) { return x - vf{}; }

static inline float to_float(float x) { return x; }
static inline float to_float(bf16 x) {
  return __builtin_bit_cast(float, static_cast<uint32_t>(x.bits) << 16);
}

// Round to nearest even; NaN stays NaN.
static inline bf16 to_bf16(float x) {
  const uint32_t bits = __builtin_bit_cast(uint32_t, x);
  if (x != x) return {static_cast<uint16_t>((bits >> 16) | 0x40)};
  return {static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16)};
}
static inline void put(float* p, float x) { *p = x; }
static inline void put(bf16* p, float x) { *p = to_bf16(x); }

static inline vf load(const float* p) {
  vf x;
  __builtin_memcpy(&x, p, sizeof x);
  return x;
}
static inline vf load(const bf16* p) {
  vh half;
  __builtin_memcpy(&half, p, sizeof half);
  return (vf)(__builtin_convertvector(half, vu) << 16);
}
static inline void store(float* p, vf x) { __builtin_memcpy(p, &x, sizeof x); }
static inline void store(bf16* p, vf x) {
  const vu bits = (vu)x;
  const vu rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  const vu quiet = (bits >> 16) | 0x40;
  const vh half = __builtin_convertvector((x == x) ? rounded : quiet, vh);
  __builtin_memcpy(p, &half, sizeof half);
}
// The first n lanes; the others read as zero, or are not written.
template <class T>
static inline vf load_first(const T* p, int64_t n) {
  T buffer[lanes] = {};
  __builtin_memcpy(buffer, p, static_cast<size_t>(n) * sizeof(T));
  return load(buffer);
}
template <class T>
static inline void store_first(T* p, vf x, int64_t n) {
  T buffer[lanes];
  store(buffer, x);
  __builtin_memcpy(p, buffer, static_cast<size_t>(n) * sizeof(T));
}

static inline float sum(vf x) {
  float total = 0;
  for (int i = 0; i < lanes; i++) total += x[i];
  return total;
}
static inline vf max(vf a, vf b) { return (a > b) ? a : b; }
static inline float max_lane(vf x) {
  float best = x[0];
  for (int i = 1; i < lanes; i++) best = x[i] > best ? x[i] : best;
  return best;
}

// exp to about one unit in the last place; 0 below -87.3, inf above 88.7, NaN stays NaN.
static inline vf exp(vf x) {
  const vf low = splat(-87.33654f), high = splat(88.72283f);
  const vf original = x;
  x = (x < low) ? low : x;
  x = (x > high) ? high : x;
  const vf magic = splat(12582912.f);  // 1.5 * 2^23: adding it rounds to an integer
  const vf n = (x * 1.44269504f + magic) - magic;
  vf f = x - n * 0.693359375f;
  f = f + n * 2.12194440e-4f;
  vf p = splat(1.9875691500e-4f);
  p = p * f + 1.3981999507e-3f;
  p = p * f + 8.3334519073e-3f;
  p = p * f + 4.1665795894e-2f;
  p = p * f + 1.6666665459e-1f;
  p = p * f + 5.0000001201e-1f;
  p = p * (f * f) + f + 1.f;
  // Two factors, so that 2^128 does not overflow before the product is formed.
  const vi k = __builtin_convertvector(n, vi);
  const vi half = k >> 1;
  vf result = p * (vf)((half + 127) << 23) * (vf)((k - half + 127) << 23);
  result = (original < low) ? vf{} : result;
  return (original > high) ? splat(__builtin_inff()) : result;
}

static inline vf sigmoid(vf x) { return 1.f / (1.f + exp(-x)); }

}  // namespace msta::MSTA_ISA

// Runs the statements with T = the C++ type that stores `dtype` (float32 or bfloat16).
#define MSTA_FOR_DTYPE(dtype, T, ...)     \
  {                                       \
    if ((dtype) == ::msta::DType::bf16) { \
      using T = bf16;                     \
      __VA_ARGS__                         \
    } else {                              \
      using T = float;                    \
      __VA_ARGS__                         \
    }                                     \
  }
