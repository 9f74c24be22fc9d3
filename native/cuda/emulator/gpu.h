#pragma once
// The names of CUDA C++ that kernel sources use, on the host.
#include <cmath>
#include <cstring>

#include "grid.h"
#include "runtime.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __restrict__
#define __launch_bounds__(...)
#define __grid_constant__
#define threadIdx (::msta::cuda::emulator::here().thread)
#define blockIdx (::msta::cuda::emulator::here().block)
#define blockDim (::msta::cuda::emulator::here().block_size)
#define gridDim (::msta::cuda::emulator::here().grid_size)

using dim3 = msta::cuda::emulator::Dim3;
struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
struct alignas(16) int4 {
  int x, y, z, w;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

inline float __uint_as_float(uint32_t x) {
  float y;
  std::memcpy(&y, &x, sizeof y);
  return y;
}
inline uint32_t __float_as_uint(float x) {
  uint32_t y;
  std::memcpy(&y, &x, sizeof y);
  return y;
}
inline int __float_as_int(float x) { return static_cast<int>(__float_as_uint(x)); }
inline float __int_as_float(int x) { return __uint_as_float(static_cast<uint32_t>(x)); }
inline uint32_t __umulhi(uint32_t a, uint32_t b) { return static_cast<uint32_t>(uint64_t{a} * b >> 32); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline double __dmul_rn(double a, double b) { return a * b; }
inline float __expf(float x) { return std::exp(x); }
inline float __fdividef(float a, float b) { return a / b; }
inline float rsqrtf(float x) { return 1.f / std::sqrt(x); }
inline float __frcp_rn(float x) { return 1.f / x; }
inline int __float2int_rn(float x) { return static_cast<int>(std::nearbyint(x)); }
inline int min(int a, int b) { return a < b ? a : b; }
inline int max(int a, int b) { return a > b ? a : b; }
inline long min(long a, long b) { return a < b ? a : b; }
inline long max(long a, long b) { return a > b ? a : b; }
template <class T>
T __ldg(const T* p) {
  return *p;
}
inline void __threadfence() {}

inline void __syncthreads() { msta::cuda::emulator::barrier(0, 0); }
inline void __syncwarp(unsigned = 0xffffffff) {
  msta::cuda::emulator::meet(
      32, [](void* const*) {}, nullptr);
}

namespace msta::cuda::emulator {

template <class T>
struct Shuffle {
  T value, result;
  int source;  // lane; out of range: the own value
};

template <class T>
T shuffle(T value, int source) {
  Shuffle<T> mine{value, value, source};
  meet(
      32,
      [](void* const* all) {
        for (int lane = 0; lane < 32; lane++) {
          auto* one = static_cast<Shuffle<T>*>(all[lane]);
          if (one->source >= 0 && one->source < 32)
            one->result = static_cast<Shuffle<T>*>(all[one->source])->value;
        }
      },
      &mine);
  return mine.result;
}

struct Vote {
  bool predicate;
  unsigned ballot;
};

inline unsigned ballot(bool predicate) {
  Vote mine{predicate, 0};
  meet(
      32,
      [](void* const* all) {
        unsigned bits = 0;
        for (int lane = 0; lane < 32; lane++)
          bits |= unsigned{static_cast<Vote*>(all[lane])->predicate} << lane;
        for (int lane = 0; lane < 32; lane++) static_cast<Vote*>(all[lane])->ballot = bits;
      },
      &mine);
  return mine.ballot;
}

inline int lane() { return here().index % 32; }

}  // namespace msta::cuda::emulator

// Only whole warps: the mask must name all lanes.
template <class T>
T __shfl_sync(unsigned, T value, int source) {
  return msta::cuda::emulator::shuffle(value, source & 31);
}
template <class T>
T __shfl_xor_sync(unsigned, T value, int mask) {
  return msta::cuda::emulator::shuffle(value, msta::cuda::emulator::lane() ^ mask);
}
template <class T>
T __shfl_down_sync(unsigned, T value, int by) {
  return msta::cuda::emulator::shuffle(value, msta::cuda::emulator::lane() + by);
}
template <class T>
T __shfl_up_sync(unsigned, T value, int by) {
  return msta::cuda::emulator::shuffle(value, msta::cuda::emulator::lane() - by);
}
inline unsigned __ballot_sync(unsigned, bool predicate) { return msta::cuda::emulator::ballot(predicate); }
inline bool __any_sync(unsigned, bool predicate) { return msta::cuda::emulator::ballot(predicate) != 0; }
inline bool __all_sync(unsigned, bool predicate) {
  return msta::cuda::emulator::ballot(predicate) == 0xffffffff;
}

template <class T>
T atomicAdd(T* target, T value) {
  const T before = *target;
  *target += value;
  return before;
}
inline int atomicCAS(int* target, int expected, int value) {
  const int before = *target;
  if (before == expected) *target = value;
  return before;
}
inline int atomicExch(int* target, int value) {
  const int before = *target;
  *target = value;
  return before;
}

namespace msta::cuda {

#define SHARED_ARRAY(Type, name, count)      \
  static const char name##_key = 0;          \
  auto& name = *static_cast<Type(*)[count]>( \
      ::msta::cuda::emulator::static_shared(&name##_key, sizeof(Type) * (count)))

inline unsigned char* dynamic_shared() { return emulator::dynamic_shared(); }
inline void named_barrier(int id, int threads) { emulator::barrier(id, threads); }

}  // namespace msta::cuda
