#pragma once
#include <cstddef>
#include <cstdint>

#include "../runtime/dtype.h"
#ifdef __AVX512F__
#include <immintrin.h>
#endif

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

template <int... i>
struct Lanes {};
#if MSTA_SIMD_BYTES == 64
using AllLanes = Lanes<0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15>;
#elif MSTA_SIMD_BYTES == 32
using AllLanes = Lanes<0, 1, 2, 3, 4, 5, 6, 7>;
#else
using AllLanes = Lanes<0, 1, 2, 3>;
#endif

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
#ifdef __AVX512BF16__
  // The same rounding, but that what is too small for a normal number becomes zero.
  const __m256bh half = _mm512_cvtneps_pbh((__m512)x);
#else
  const vu bits = (vu)x;
  const vu rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  const vu quiet = (bits >> 16) | 0x40;
  const vh half = __builtin_convertvector((x == x) ? rounded : quiet, vh);
#endif
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
// Sanitizers do not see masked accesses.
#if defined(__AVX512F__) && !defined(MSTA_SANITIZED)
static inline vf load_first(const float* p, int64_t n) {
  return (vf)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), p);
}
static inline void store_first(float* p, vf x, int64_t n) {
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1), (__m512)x);
}
#endif

// The next n elements, as many as a vector holds; past the n-th they read as zero, or are not written.
template <class T>
static inline vf load_some(const T* p, int64_t n) {
  return n >= lanes ? load(p) : load_first(p, n);
}
template <class T>
static inline void store_some(T* p, vf x, int64_t n) {
  n >= lanes ? store(p, x) : store_first(p, x, n);
}

#ifdef __AVX512F__
// GCC warns of an uninitialized register in the intrinsics without a mask.
constexpr __mmask16 all_lanes = 0xffff;
#endif

// b where one of them is NaN. Compilers make two instructions of the plain form.
static inline vf max(vf a, vf b) {
#ifdef __AVX512F__
  return (vf)_mm512_maskz_max_ps(all_lanes, (__m512)a, (__m512)b);
#else
  return (a > b) ? a : b;
#endif
}
static inline vf min(vf a, vf b) {
#ifdef __AVX512F__
  return (vf)_mm512_maskz_min_ps(all_lanes, (__m512)a, (__m512)b);
#else
  return (a < b) ? a : b;
#endif
}

// Lane i holds lane i ^ distance of x.
template <int distance>
static inline vf swap_lanes(vf x) {
  return [&]<int... i>(Lanes<i...>) { return __builtin_shufflevector(x, x, (i ^ distance)...); }
  (AllLanes{});
}
// Lane i holds i.
static inline vi lane_numbers() {
  vi numbers;
  for (int i = 0; i < lanes; i++) numbers[i] = i;
  return numbers;
}
// Folds the lanes into one by halves.
template <class Fold>
static inline float fold_lanes(vf x, Fold fold) {
  if constexpr (lanes > 8) x = fold(x, swap_lanes<8>(x));
  if constexpr (lanes > 4) x = fold(x, swap_lanes<4>(x));
  x = fold(x, swap_lanes<2>(x));
  return fold(x, swap_lanes<1>(x))[0];
}
static inline float sum(vf x) {
  return fold_lanes(x, [](vf a, vf b) { return a + b; });
}
static inline float max_lane(vf x) { return fold_lanes(x, max); }

// The nearest integer, for |x| below 2^22.
static inline vf round_nearest(vf x) {
#ifdef __AVX512F__
  return (vf)_mm512_maskz_roundscale_ps(all_lanes, (__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
  const vf magic = splat(12582912.f);  // 1.5 * 2^23: adding it rounds to an integer
  return (x + magic) - magic;
#endif
}

// x * 2^n for a whole n from -126 to 128.
static inline vf times_power(vf x, vf n) {
#ifdef __AVX512F__
  return (vf)_mm512_maskz_scalef_ps(all_lanes, (__m512)x, (__m512)n);
#else
  // Two factors, so that 2^128 does not overflow before the product is formed.
  const vi k = __builtin_convertvector(n, vi), half = k >> 1;
  return x * (vf)((half + 127) << 23) * (vf)((k - half + 127) << 23);
#endif
}

// 1 / x to about one unit in the last place, for x and 1 / x of normal magnitude.
static inline vf reciprocal(vf x) {
#ifdef __AVX512F__
  const vf guess = (vf)_mm512_maskz_rcp14_ps(all_lanes, (__m512)x);
  return guess * (2.f - x * guess);
#else
  return 1.f / x;
#endif
}

// exp to about one unit in the last place; 0 below -87.3, inf above 88.7, NaN stays NaN.
static inline vf exp(vf x) {
  const vf low = splat(-87.33654f), high = splat(88.72283f), original = x;
  x = max(low, x);  // in this order NaN stays
  x = min(high, x);
  const vf n = round_nearest(x * 1.44269504f);
  vf f = x - n * 0.693359375f;
  f = f + n * 2.12194440e-4f;
  vf p = splat(1.9875691500e-4f);
  p = p * f + 1.3981999507e-3f;
  p = p * f + 8.3334519073e-3f;
  p = p * f + 4.1665795894e-2f;
  p = p * f + 1.6666665459e-1f;
  p = p * f + 5.0000001201e-1f;
  p = p * (f * f) + f + 1.f;
  const vf result = times_power(p, n);
  const vf above = (original < low) ? vf{} : result;
  return (original > high) ? splat(__builtin_inff()) : above;
}

// 2^x to about one unit in the last place, for x up to 127; 0 far below -126, NaN stays NaN.
static inline vf exp2(vf x) {
#ifdef __AVX512F__
  // 2^fraction * 2^floor. The fraction of -inf is 0.
  const vf f = (vf)_mm512_maskz_reduce_ps(all_lanes, (__m512)x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
#else
  const vf low = splat(-126.f), clamped = max(low, x);  // in this order NaN stays
  const vf shifted = (clamped - 0.5f) + 12582912.f;     // its last bits are the floor
  const vf f = clamped - (shifted - 12582912.f);
#endif
  vf p = splat(1.8671302e-3f);
  p = p * f + 9.0170298e-3f;
  p = p * f + 5.5799913e-2f;
  p = p * f + 2.4016444e-1f;
  p = p * f + 6.9315130e-1f;
  p = p * f + 1.f;
#ifdef __AVX512F__
  return (vf)_mm512_maskz_scalef_ps(all_lanes, (__m512)p, (__m512)x);
#else
  const vf result = p * (vf)(((vi)shifted + 127) << 23);
  return (x < low) ? vf{} : result;
#endif
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
