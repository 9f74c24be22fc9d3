#include "adamw.h"

#include "../../cuda/elements.h"
#include "../../cuda/kernels.h"

namespace msta::cuda {

namespace {

constexpr int block_threads = 256, per_thread = 4;
constexpr int64_t per_block = block_threads * per_thread;

__host__ __device__ __forceinline__ int64_t blocks_of(const AdamWPart& part) {
  return (part.count + per_block - 1) / per_block;
}

template <int n>
__device__ __forceinline__ void update(const AdamWPart& p, const AdamWFactors& f, int64_t i) {
  float x[n], m[n], v[n], g[n] = {};
  load(p.parameter + i, x);
  load(p.first_moment + i, m);
  load(p.second_moment + i, v);
  if (p.grad) load(p.grad + i, g);
#pragma unroll
  for (int j = 0; j < n; j++) {
    m[j] = f.beta1 * m[j] + f.rest1 * g[j];
    v[j] = f.beta2 * v[j] + f.rest2 * g[j] * g[j];
    x[j] = x[j] * f.decay - f.step_size * m[j] / (sqrtf(v[j]) * f.root + f.eps);
  }
  store(p.parameter + i, x);
  store(p.first_moment + i, m);
  store(p.second_moment + i, v);
}

// Each block updates a piece of one tensor; `n` elements at a time.
template <int n>
__global__ void update_tensors(const __grid_constant__ AdamW p, const AdamWFactors f) {
  int64_t block = blockIdx.x;
  int at = 0;
  for (; block >= blocks_of(p.parts[at]); at++) block -= blocks_of(p.parts[at]);
  const AdamWPart part = p.parts[at];
  const int64_t first = block * per_block,
                end = first + per_block < part.count ? first + per_block : part.count;
  for (int64_t i = first + threadIdx.x * n; i < end; i += block_threads * n) {
    if (i + n <= end)
      update<n>(part, f, i);
    else
      for (int64_t j = i; j < end; j++) update<1>(part, f, j);
  }
}

}  // namespace

void adamw(const KernelArgs& args, Gpu& gpu) {
  const AdamW p(args);
  int64_t blocks = 0;
  bool vectors = true;
  for (int i = 0; i < p.tensors; i++) {
    const AdamWPart& part = p.parts[i];
    const auto whole = [&part](float* data) { return operand_of(data, part.count); };
    blocks += blocks_of(part);
    vectors = vectors && all_suit(per_thread, 0, whole(part.parameter), whole(part.first_moment),
                                  whole(part.second_moment), whole(part.grad));
  }
  const dim3 grid{static_cast<unsigned>(blocks), 1, 1};
  launch(gpu, vectors ? update_tensors<per_thread> : update_tensors<1>, grid, block_threads, 0, p,
         AdamWFactors(p));
}

}  // namespace msta::cuda
