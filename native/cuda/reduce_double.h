#pragma once
#include "gpu.h"

// Sums in double precision, where a float's would lose what is wanted; the same order of additions every
// time.
namespace msta::cuda {

__device__ __forceinline__ double warp_sum(double x) {
#pragma unroll
  for (int step = 16; step > 0; step /= 2) x += __shfl_xor_sync(0xffffffffu, x, step);
  return x;
}

// Over all threads of a block of up to 1024; all of them must come here, and all get the result.
__device__ __forceinline__ double block_sum(double x) {
  SHARED_ARRAY(double, partial, 32);
  x = warp_sum(x);
  __syncthreads();  // whoever still reads the last sum's partials
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = x;
  __syncthreads();
  double total = 0;
  for (int warp = 0; warp < static_cast<int>(blockDim.x) / 32; warp++) total += partial[warp];
  return total;
}

}  // namespace msta::cuda
