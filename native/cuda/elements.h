#pragma once
#include "../runtime/kernel.h"
#include "vectors.h"

// A thread's n elements (1, 2, 4 or 8) of a row, read and written at once, as floats.
namespace msta::cuda {

// From an address aligned to all n, or to 16 bytes where they are more.
template <int n>
__device__ __forceinline__ void load(const float* from, float (&x)[n]) {
  if constexpr (n >= 4) {
    load_vector(from, x);
  } else if constexpr (n == 2) {
    const float2 v = *reinterpret_cast<const float2*>(from);
    x[0] = v.x, x[1] = v.y;
  } else {
    static_assert(n == 1);
    x[0] = *from;
  }
}
template <int n>
__device__ __forceinline__ void load(const bf16* from, float (&x)[n]) {
  if constexpr (n >= 4) {
    load_vector(from, x);
  } else if constexpr (n == 2) {
    const uint32_t v = *reinterpret_cast<const uint32_t*>(from);
    x[0] = low_of(v), x[1] = high_of(v);
  } else {
    static_assert(n == 1);
    x[0] = to_float(*from);
  }
}

template <int n>
__device__ __forceinline__ void store(float* to, const float (&x)[n]) {
  if constexpr (n >= 4) {
    store_vector(to, x);
  } else if constexpr (n == 2) {
    *reinterpret_cast<float2*>(to) = make_float2(x[0], x[1]);
  } else {
    static_assert(n == 1);
    *to = x[0];
  }
}
template <int n>
__device__ __forceinline__ void store(bf16* to, const float (&x)[n]) {
  if constexpr (n >= 4) {
    store_vector(to, x);
  } else if constexpr (n == 2) {
    *reinterpret_cast<uint32_t*>(to) = pack_bf16(x[0], x[1]);
  } else {
    static_assert(n == 1);
    put(to, x[0]);
  }
}

// The same at element i of an operand of either type.
template <int n>
__device__ __forceinline__ void load(const Operand& from, int64_t i, float (&x)[n]) {
  if (from.dtype == DType::bf16)
    load(static_cast<const bf16*>(from.data) + i, x);
  else
    load(static_cast<const float*>(from.data) + i, x);
}
template <int n>
__device__ __forceinline__ void store(const Operand& to, int64_t i, const float (&x)[n]) {
  if (to.dtype == DType::bf16)
    store(static_cast<bf16*>(to.data) + i, x);
  else
    store(static_cast<float*>(to.data) + i, x);
}
__device__ __forceinline__ float element(const Operand& from, int64_t i) {
  float x[1];
  load(from, i, x);
  return x[0];
}
__device__ __forceinline__ void put(const Operand& to, int64_t i, float x) {
  const float one[1] = {x};
  store(to, i, one);
}

inline Operand operand_of(float* data, int64_t count) { return {data, count, DType::f32}; }

// Whether every operand can be read n elements at a time, row after row of `width`; absent ones can.
template <class... Operands>
bool all_suit(int n, int64_t width, const Operands&... x) {
  const auto suits = [n](const Operand& each) {
    const int64_t bytes = n * dtype_size(each.dtype);
    return reinterpret_cast<uintptr_t>(each.data) % static_cast<uintptr_t>(bytes < 16 ? bytes : 16) == 0;
  };
  return width % n == 0 && (suits(x) && ...);
}

// How many elements a thread takes at a time: 16 bytes of the first operand where that suits all, or 1.
template <class... Operands>
int vector_length(int64_t width, const Operand& first, const Operands&... others) {
  if (first.dtype == DType::bf16 && all_suit(8, width, first, others...)) return 8;
  return all_suit(4, width, first, others...) ? 4 : 1;
}

// Runs its last argument with n as that constant (8, 4 or 1).
#define MSTA_FOR_VECTOR_LENGTH(length, n, ...)      \
  {                                                 \
    if (const int n##_is = (length); n##_is == 8) { \
      constexpr int n = 8;                          \
      __VA_ARGS__                                   \
    } else if (n##_is == 4) {                       \
      constexpr int n = 4;                          \
      __VA_ARGS__                                   \
    } else {                                        \
      constexpr int n = 1;                          \
      __VA_ARGS__                                   \
    }                                               \
  }

}  // namespace msta::cuda
