#pragma once
#include "attention.cuda.h"

// Rows of heads spread over lanes, eight neighbours a lane: for kernels that read every row once. A group of
// lanes holds a row; a warp holds several rows where they are short. Included behind cuda/bf16.h.
namespace msta::cuda {

constexpr int row_threads = 256;

// Lanes that hold a row: a power of two up to 32.
inline int lanes_of_row(int64_t head_dim) {
  int lanes = 1;
  while (lanes < 32 && lanes * 8 < head_dim) lanes *= 2;
  return lanes;
}

// Sum over the lanes of a group; each gets it.
__device__ __forceinline__ float group_sum(float x, int lanes) {
  for (int step = lanes / 2; step > 0; step /= 2) x += __shfl_xor_sync(0xffffffffu, x, step);
  return x;
}

__device__ __forceinline__ float dot(const float (&a)[8], const float (&b)[8]) {
  float total = 0;
#pragma unroll
  for (int i = 0; i < 8; i++) total += a[i] * b[i];
  return total;
}

// Eight neighbours as they lie in memory, so that many loads can be under way.
template <class T>
struct Eight;

template <>
struct Eight<bf16> {
  uint4 words;
  __device__ __forceinline__ void unpack(float (&x)[8]) const {
    const uint32_t pairs[4] = {words.x, words.y, words.z, words.w};
#pragma unroll
    for (int i = 0; i < 4; i++) x[2 * i] = low_of(pairs[i]), x[2 * i + 1] = high_of(pairs[i]);
  }
};

template <>
struct Eight<float> {
  float4 low, high;
  __device__ __forceinline__ void unpack(float (&x)[8]) const {
    x[0] = low.x, x[1] = low.y, x[2] = low.z, x[3] = low.w;
    x[4] = high.x, x[5] = high.y, x[6] = high.z, x[7] = high.w;
  }
};

// The first `count` of eight elements, zeros for the others. With `vectors`, count is eight or none, and the
// elements are aligned.
template <bool vectors>
__device__ __forceinline__ Eight<bf16> load_eight(const bf16* at, int count) {
  if constexpr (vectors) {
    return count > 0 ? Eight<bf16>{*reinterpret_cast<const uint4*>(at)} : Eight<bf16>{make_uint4(0, 0, 0, 0)};
  } else {
    uint32_t pairs[4] = {};
#pragma unroll
    for (int i = 0; i < 8; i++)
      if (i < count) pairs[i / 2] |= static_cast<uint32_t>(at[i].bits) << i % 2 * 16;
    return {make_uint4(pairs[0], pairs[1], pairs[2], pairs[3])};
  }
}

template <bool vectors>
__device__ __forceinline__ Eight<float> load_eight(const float* at, int count) {
  if constexpr (vectors) {
    const auto* quads = reinterpret_cast<const float4*>(at);
    const float4 zero = make_float4(0, 0, 0, 0);
    return count > 0 ? Eight<float>{quads[0], quads[1]} : Eight<float>{zero, zero};
  } else {
    float x[8] = {};
#pragma unroll
    for (int i = 0; i < 8; i++)
      if (i < count) x[i] = at[i];
    return {make_float4(x[0], x[1], x[2], x[3]), make_float4(x[4], x[5], x[6], x[7])};
  }
}

// The same from an operand of either storage type.
__device__ __forceinline__ void load_eight(const Operand& x, bool vectors, int64_t at, int count,
                                           float (&values)[8]){
    MSTA_FOR_DTYPE(x.dtype, T,
                   {
                     const T* data = static_cast<const T*>(x.data) + at;
                     if (vectors)
                       load_eight<true>(data, count).unpack(values);
                     else
                       load_eight<false>(data, count).unpack(values);
                   })}

__device__ __forceinline__
    void store_eight(const Operand& x, bool vectors, int64_t at, int count, const float (&values)[8]) {
  if (!vectors) {
#pragma unroll
    for (int i = 0; i < 8; i++)
      if (i < count) put(x, at + i, values[i]);
  } else if (count > 0 && x.dtype == DType::bf16) {
    *reinterpret_cast<uint4*>(static_cast<bf16*>(x.data) + at) =
        make_uint4(pack_bf16(values[0], values[1]), pack_bf16(values[2], values[3]),
                   pack_bf16(values[4], values[5]), pack_bf16(values[6], values[7]));
  } else if (count > 0) {
    auto* quads = reinterpret_cast<float4*>(static_cast<float*>(x.data) + at);
    quads[0] = make_float4(values[0], values[1], values[2], values[3]);
    quads[1] = make_float4(values[4], values[5], values[6], values[7]);
  }
}

}  // namespace msta::cuda
