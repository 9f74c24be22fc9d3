#include "gather_rows.h"

#include "../../cuda/elements.h"
#include "../../cuda/kernels.h"

namespace msta::cuda {

namespace {

constexpr int threads = 128, warps = threads / 32;

// A block a row.
template <int n>
__global__ void copy_rows(const GatherRows p, const IndexCheck check) {
  const int64_t to = blockIdx.x;
  const int from = p.indices[to];
  if (!is_valid(check, from)) return;
  for (int64_t i = int64_t{threadIdx.x} * n; i < p.width; i += threads * n) {
    float x[n];
    load(p.x, from * p.width + i, x);
    store(p.out, to * p.width + i, x);
  }
}

// A warp gathers 32 n columns of one row: it looks through all indices for the row's, in order.
template <int n>
__global__ void add_rows(const GatherRows p, const IndexCheck check) {
  const int64_t tiles = (p.width + 32 * n - 1) / (32 * n);
  const int64_t number = int64_t{blockIdx.x} * warps + threadIdx.x / 32;
  const int lane = threadIdx.x % 32;
  const int64_t row = tiles > 0 ? number / tiles : number;
  const int64_t column = tiles > 0 ? (number % tiles * 32 + lane) * n : 0;
  if (row >= p.rows && number > 0) return;
  float total[n] = {};
  for (int64_t first = 0; first < p.count; first += 32) {
    const int64_t mine = first + lane;
    const int index = mine < p.count ? p.indices[mine] : -1;
    if (number == 0 && mine < p.count) is_valid(check, index);
    unsigned found = __ballot_sync(0xffffffffu, index == row && mine < p.count);
    for (; found; found &= found - 1) {
      if (column >= p.width) continue;
      float x[n];
      load(p.x, (first + __ffs(static_cast<int>(found)) - 1) * p.width + column, x);
#pragma unroll
      for (int j = 0; j < n; j++) total[j] += x[j];
    }
  }
  if (row < p.rows && column < p.width) store(p.out, row * p.width + column, total);
}

}  // namespace

void gather_rows_forward(const KernelArgs& args, Gpu& gpu) {
  const GatherRows p(args, false);
  const IndexCheck check = gpu.index_check("row index (at most)", p.rows);
  const dim3 grid{static_cast<unsigned>(p.count), 1, 1};
  MSTA_FOR_VECTOR_LENGTH(vector_length(p.width, p.x, p.out), n,
                         launch(gpu, copy_rows<n>, grid, threads, 0, p, check);)
}

void gather_rows_backward(const KernelArgs& args, Gpu& gpu) {
  const GatherRows p(args, true);
  const IndexCheck check = gpu.index_check("row index (at most)", p.rows);
  MSTA_FOR_VECTOR_LENGTH(vector_length(p.width, p.x, p.out), n, {
    // The first warp also checks the indices, so there is always one.
    const int64_t blocks = ceil_div(p.rows * ceil_div(p.width, 32 * n), warps);
    const dim3 grid{static_cast<unsigned>(blocks > 0 ? blocks : 1), 1, 1};
    launch(gpu, add_rows<n>, grid, threads, 0, p, check);
  })
}

}  // namespace msta::cuda
