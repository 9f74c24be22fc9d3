#pragma once
#include "bf16.h"
#include "gpu_stream.h"
#include "hopper.h"

// What the host does for the kernels of sm_90a.
namespace msta::cuda {

// Whether they were asked for: they are new, and MSTA_CUDA_WGMMA=1 turns them on.
bool use_wgmma();

// `count` bfloat16 matrices [height, width] in device memory, at a multiple of 16 bytes, whose lines are
// `pitch` elements apart and which are `plane` elements apart, both multiples of 8.
struct Matrices {
  const bf16* data;
  int64_t width, height, pitch;
  int64_t count = 1, plane = 0;
};

// For copying boxes of `rows` lines of 64 elements, swizzled: copy_box_async() at (x, y), or at (x, y, z)
// with `several`.
TensorMap tensor_map(const Matrices& of, int rows, bool several = false);

}  // namespace msta::cuda
