#pragma once
#include "bf16.h"

// Several neighbouring elements of a float32 or bfloat16 array at once, as floats.
namespace msta::cuda {

// `width` (a multiple of 4) of them from an address aligned to 16 bytes or to all of them together.
template <int width>
__device__ __forceinline__ void load_vector(const float* source, float (&x)[width]) {
#pragma unroll
  for (int i = 0; i < width; i += 4) {
    const float4 v = *reinterpret_cast<const float4*>(source + i);
    x[i] = v.x, x[i + 1] = v.y, x[i + 2] = v.z, x[i + 3] = v.w;
  }
}
__device__ __forceinline__ void load_vector(const bf16* source, float (&x)[4]) {
  const uint2 v = *reinterpret_cast<const uint2*>(source);
  x[0] = low_of(v.x), x[1] = high_of(v.x), x[2] = low_of(v.y), x[3] = high_of(v.y);
}
__device__ __forceinline__ void load_vector(const bf16* source, float (&x)[8]) {
  const uint4 v = *reinterpret_cast<const uint4*>(source);
  x[0] = low_of(v.x), x[1] = high_of(v.x), x[2] = low_of(v.y), x[3] = high_of(v.y);
  x[4] = low_of(v.z), x[5] = high_of(v.z), x[6] = low_of(v.w), x[7] = high_of(v.w);
}

template <int width>
__device__ __forceinline__ void store_vector(float* target, const float (&x)[width]) {
#pragma unroll
  for (int i = 0; i < width; i += 4)
    *reinterpret_cast<float4*>(target + i) = make_float4(x[i], x[i + 1], x[i + 2], x[i + 3]);
}
__device__ __forceinline__ void store_vector(bf16* target, const float (&x)[4]) {
  *reinterpret_cast<uint2*>(target) = make_uint2(pack_bf16(x[0], x[1]), pack_bf16(x[2], x[3]));
}
__device__ __forceinline__ void store_vector(bf16* target, const float (&x)[8]) {
  *reinterpret_cast<uint4*>(target) =
      make_uint4(pack_bf16(x[0], x[1]), pack_bf16(x[2], x[3]), pack_bf16(x[4], x[5]), pack_bf16(x[6], x[7]));
}

// The same from any address; of the elements only those before `count`, zeros for the rest.
template <class T, int width>
__device__ __forceinline__ void load_some(const T* source, int64_t count, bool vectors, float (&x)[width]) {
  if (vectors && count >= width) {
    load_vector(source, x);
    return;
  }
#pragma unroll
  for (int i = 0; i < width; i++) x[i] = i < count ? to_float(source[i]) : 0.f;
}
template <class T, int width>
__device__ __forceinline__ void store_some(T* target, int64_t count, bool vectors, const float (&x)[width]) {
  if (vectors && count >= width) {
    store_vector(target, x);
    return;
  }
#pragma unroll
  for (int i = 0; i < width; i++)
    if (i < count) put(target + i, x[i]);
}

// Whether vectors of 16 bytes fit: rows begin at `data` and every `stride` elements from there. Null fits.
inline bool suits_vectors(const void* data, DType dtype, int64_t stride) {
  return reinterpret_cast<uintptr_t>(data) % 16 == 0 && stride * dtype_size(dtype) % 16 == 0;
}

}  // namespace msta::cuda
