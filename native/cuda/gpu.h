#pragma once
// What a kernel source may use of the GPU: CUDA's own names, and the wrappers below for what has no name
// there. With MSTA_EMULATED the same sources are compiled for the host by an ordinary compiler, and the
// folder emulator/ gives these names a meaning there (see native/README.md, "CUDA kernels without a GPU").
#include <cstdint>

#ifdef MSTA_EMULATED
#include "emulator/gpu.h"
#else
#include <cuda_runtime.h>

namespace msta::cuda {

// An array in shared memory; count is a constant. Its contents are undefined until written.
#define SHARED_ARRAY(Type, name, count) __shared__ Type name[count]

// The shared memory whose size was given at the launch.
__device__ __forceinline__ unsigned char* dynamic_shared() {
  extern __shared__ __align__(1024) unsigned char msta_dynamic_shared[];
  return msta_dynamic_shared;
}

// A barrier of `threads` threads (a multiple of 32) of the block; id 1 to 15.
__device__ __forceinline__ void named_barrier(int id, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

}  // namespace msta::cuda
#endif
