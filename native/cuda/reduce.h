#pragma once
#include "gpu.h"

// Sums and maxima over the threads of a warp or block; the same order of additions every time.
namespace msta::cuda {

__device__ __forceinline__ float warp_sum(float x) {
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
__device__ __forceinline__ float block_sum(float x) {
  SHARED_ARRAY(float, partial, 32);
  x = warp_sum(x);
  __syncthreads();  // whoever still reads the last sum's partials
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = x;
  __syncthreads();
  float total = 0;
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
