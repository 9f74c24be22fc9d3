#include "reduce_mean.h"

#include "../../cuda/kernels.h"
#include "../../cuda/reduce.h"

namespace msta::cuda {

namespace {

constexpr int threads = 256;
constexpr int64_t per_block = 8192;

// The sum of a block's part, or what the only block makes of all: the mean.
__global__ void sum_parts(const ReduceMean p, double* sums) {
  const int64_t first = blockIdx.x * per_block, last = min(p.count, first + per_block);
  double total = 0;
  for (int64_t i = first + threadIdx.x; i < last; i += threads) {
    const double x = p.in[i];
    total += p.squares ? x * x : x;
  }
  total = block_sum(total);
  if (threadIdx.x > 0) return;
  if (gridDim.x > 1)
    sums[blockIdx.x] = total;
  else
    p.out[0] = static_cast<float>(total / static_cast<double>(p.count));
}

__global__ void mean_of_sums(const double* sums, int64_t parts, const ReduceMean p) {
  double total = 0;
  for (int64_t i = threadIdx.x; i < parts; i += threads) total += sums[i];
  total = block_sum(total);
  if (threadIdx.x == 0) p.out[0] = static_cast<float>(total / static_cast<double>(p.count));
}

__global__ void spread_gradient(const ReduceMean p) {
  const float each = p.in[0] / static_cast<float>(p.count);
  const int64_t stride = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < p.count; i += stride) p.out[i] = each;
}

}  // namespace

void reduce_mean_forward(const KernelArgs& args, Gpu& gpu) {
  const ReduceMean p(args, false);
  const int64_t parts = ceil_div(p.count, per_block);
  double* sums = gpu.scratch<double>(parts);
  launch(gpu, sum_parts, dim3{static_cast<unsigned>(parts), 1, 1}, threads, 0, p, sums);
  if (parts > 1) launch(gpu, mean_of_sums, dim3{1, 1, 1}, threads, 0, sums, parts, p);
}

void reduce_mean_backward(const KernelArgs& args, Gpu& gpu) {
  const ReduceMean p(args, true);
  launch(gpu, spread_gradient, grid_of(p.count), 256, 0, p);
}

}  // namespace msta::cuda
