#include "../../cuda/bf16.h"
#include "../../cuda/kernels.h"
#include "combine.h"

namespace msta::cuda {

namespace {

__device__ __forceinline__ float element(const Operand& x, int64_t i) {
  return x.dtype == DType::bf16 ? to_float(static_cast<const bf16*>(x.data)[i])
                                : static_cast<const float*>(x.data)[i];
}

__global__ void combine_elements(const Combine p) {
  const int64_t stride = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < p.count; i += stride) {
    float total = p.constant;
    for (int term = 0; term < p.terms; term++) total += p.weights[term] * element(p.x[term], i);
    if (p.out.dtype == DType::bf16)
      put(static_cast<bf16*>(p.out.data) + i, total);
    else
      put(static_cast<float*>(p.out.data) + i, total);
  }
}

}  // namespace

void combine(const KernelArgs& args, Gpu& gpu) {
  const Combine p(args);
  launch(gpu, combine_elements, grid_of(p.count), 256, 0, p);
}

}  // namespace msta::cuda
