#pragma once
#include "gpu.h"

// The storage types on the device: float and bf16, converted on load and store.
namespace msta::cuda {

struct bf16 {
  uint16_t bits;
};

__device__ __forceinline__ float to_float(float x) { return x; }
__device__ __forceinline__ float to_float(bf16 x) {
  return __uint_as_float(static_cast<uint32_t>(x.bits) << 16);
}

// To the nearest, ties to even; NaN stays NaN.
__device__ __forceinline__ bf16 to_bf16(float x) {
#ifdef MSTA_EMULATED
  const uint32_t bits = __float_as_uint(x);
  if ((bits & 0x7fffffff) > 0x7f800000) return {0x7fff};
  return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
#else
  bf16 y;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(y.bits) : "f"(x));
  return y;
#endif
}

// Two of them in one register, `low` in the lower half: how fragments of matrices hold them.
__device__ __forceinline__ uint32_t pack_bf16(float low, float high) {
#ifdef MSTA_EMULATED
  return to_bf16(low).bits | static_cast<uint32_t>(to_bf16(high).bits) << 16;
#else
  uint32_t packed;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  return packed;
#endif
}
__device__ __forceinline__ float low_of(uint32_t packed) { return __uint_as_float(packed << 16); }
__device__ __forceinline__ float high_of(uint32_t packed) { return __uint_as_float(packed & 0xffff0000u); }

__device__ __forceinline__ void put(float* target, float x) { *target = x; }
__device__ __forceinline__ void put(bf16* target, float x) { *target = to_bf16(x); }

// Runs its last argument with T as the type of that storage.
#define MSTA_FOR_DTYPE(dtype, T, ...) \
  {                                   \
    if ((dtype) == DType::bf16) {     \
      using T = ::msta::cuda::bf16;   \
      __VA_ARGS__                     \
    } else {                          \
      using T = float;                \
      __VA_ARGS__                     \
    }                                 \
  }

}  // namespace msta::cuda
