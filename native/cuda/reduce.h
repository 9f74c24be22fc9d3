#pragma once
#include "gpu.h"

// Sums and maxima over the threads of a warp or block; the same order of additions every time. Sums of double
// where a float's would lose what is wanted.
namespace msta::cuda {

template <class T>
__device__ __forceinline__ T warp_sum(T x) {
#pragma unroll
  for (int step = 16; step > 0; step /= 2) x += __shfl_xor_sync(0xffffffffu, x, step);
  return x;
}

// NaN wins.
__device__ __forceinline__ float larger(float a, float b) { return a > b || a != a ? a : b; }

__device__ __forceinline__ float warp_max(float x) {
#pragma unroll
  for (int step = 16; step > 0; step /= 2) x = larger(x, __shfl_xor_sync(0xffffffffu, x, step));
  return x;
}

// Over all threads of a block of up to 1024; all of them must come here, and all get the result.
template <class T>
__device__ __forceinline__ T block_sum(T x) {
  SHARED_ARRAY(T, partial, 32);
  x = warp_sum(x);
  __syncthreads();  // whoever still reads the last sum's partials
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = x;
  __syncthreads();
  T total = 0;
  for (int warp = 0; warp < static_cast<int>(blockDim.x) / 32; warp++) total += partial[warp];
  return total;
}

__device__ __forceinline__ float block_max(float x) {
  SHARED_ARRAY(float, partial, 32);
  x = warp_max(x);
  __syncthreads();
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = x;
  __syncthreads();
  float best = partial[0];
  for (int warp = 1; warp < static_cast<int>(blockDim.x) / 32; warp++) best = larger(best, partial[warp]);
  return best;
}

}  // namespace msta::cuda
