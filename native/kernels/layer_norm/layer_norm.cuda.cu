#include "layer_norm.h"

#include "../../cuda/elements.h"
#include "../../cuda/gemm.h"
#include "../../cuda/kernels.h"
#include "../../cuda/reduce.h"

namespace msta::cuda {

namespace {

constexpr int threads = 128, warps = threads / 32;
// Rows up to here stay in the registers of a warp. A block takes each longer one, and each that cannot be
// read by vectors, and reads it again.
constexpr int most_in_registers = 1024;

// A row in the registers of a warp: lane l has elements (32 i + l) n and the n - 1 after it in chunk i.
template <int n>
struct Row {
  static constexpr int chunks = most_in_registers / (32 * n);
  float x[chunks][n];

  static __device__ __forceinline__ int column(int chunk) {
    return (chunk * 32 + static_cast<int>(threadIdx.x) % 32) * n;
  }
  template <class T>
  __device__ __forceinline__ void read(const T* row, int width) {
#pragma unroll
    for (int i = 0; i < chunks; i++)
      if (column(i) < width) load(row + column(i), x[i]);
  }
};

__device__ __forceinline__ void keep_statistics(const LayerNormForward& p, int64_t row, float mean,
                                                float rstd) {
  if (p.mean) p.mean[row] = mean;
  if (p.rstd) p.rstd[row] = rstd;
}

// out = (x - mean) * rstd * weight + bias for n elements from `column` on.
template <int n>
__device__ __forceinline__ void write_normalized(const LayerNormForward& p, int64_t row, int64_t column,
                                                 float mean, float rstd, const float (&x)[n]) {
  float weight[n], bias[n], out[n];
  load(p.weight, column, weight);
  load(p.bias, column, bias);
#pragma unroll
  for (int j = 0; j < n; j++) out[j] = (x[j] - mean) * rstd * weight[j] + bias[j];
  store(p.out, row * p.width + column, out);
}

template <class X, int n>
__global__ void __launch_bounds__(threads) normalize_rows(const LayerNormForward p) {
  const int64_t r = int64_t{blockIdx.x} * warps + threadIdx.x / 32;
  if (r >= p.rows) return;
  const int width = static_cast<int>(p.width);
  Row<n> row;
  row.read(static_cast<const X*>(p.x.data) + r * width, width);
  float total = 0, squares = 0;
#pragma unroll
  for (int i = 0; i < row.chunks; i++)
    if (row.column(i) < width)
      for (int j = 0; j < n; j++) total += row.x[i][j];
  const float mean = warp_sum(total) / static_cast<float>(width);
#pragma unroll
  for (int i = 0; i < row.chunks; i++)
    if (row.column(i) < width)
      for (int j = 0; j < n; j++) squares += (row.x[i][j] - mean) * (row.x[i][j] - mean);
  const float rstd = 1.f / sqrtf(warp_sum(squares) / static_cast<float>(width) + p.eps);
  if (threadIdx.x % 32 == 0) keep_statistics(p, r, mean, rstd);
#pragma unroll
  for (int i = 0; i < row.chunks; i++)
    if (row.column(i) < width) write_normalized(p, r, row.column(i), mean, rstd, row.x[i]);
}

template <int n>
__global__ void __launch_bounds__(threads) normalize_rows_by_block(const LayerNormForward p) {
  const int64_t r = blockIdx.x, start = r * p.width, first = int64_t{threadIdx.x} * n;
  float total = 0, squares = 0, x[n];
  for (int64_t i = first; i < p.width; i += threads * n) {
    load(p.x, start + i, x);
    for (int j = 0; j < n; j++) total += x[j];
  }
  const float mean = block_sum(total) / static_cast<float>(p.width);
  for (int64_t i = first; i < p.width; i += threads * n) {
    load(p.x, start + i, x);
    for (int j = 0; j < n; j++) squares += (x[j] - mean) * (x[j] - mean);
  }
  const float rstd = 1.f / sqrtf(block_sum(squares) / static_cast<float>(p.width) + p.eps);
  if (threadIdx.x == 0) keep_statistics(p, r, mean, rstd);
  for (int64_t i = first; i < p.width; i += threads * n) {
    load(p.x, start + i, x);
    write_normalized(p, r, i, mean, rstd, x);
  }
}

// grad_x = rstd * (g - mean(g) - xhat * mean(g * xhat)), g = grad * weight
template <class G, class X, int n>
__global__ void __launch_bounds__(threads) row_gradients(const LayerNormBackward p) {
  const int64_t r = int64_t{blockIdx.x} * warps + threadIdx.x / 32;
  if (r >= p.rows) return;
  const int width = static_cast<int>(p.width);
  Row<n> g, xhat;
  g.read(static_cast<const G*>(p.grad.data) + r * width, width);
  xhat.read(static_cast<const X*>(p.x.data) + r * width, width);
  const float mean = p.mean[r], rstd = p.rstd[r];
  float sum_g = 0, sum_gx = 0;
#pragma unroll
  for (int i = 0; i < g.chunks; i++)
    if (g.column(i) < width) {
      float weight[n];
      load(p.weight, g.column(i), weight);
#pragma unroll
      for (int j = 0; j < n; j++) {
        g.x[i][j] *= weight[j];
        xhat.x[i][j] = (xhat.x[i][j] - mean) * rstd;
        sum_g += g.x[i][j];
        sum_gx += g.x[i][j] * xhat.x[i][j];
      }
    }
  const float mean_g = warp_sum(sum_g) / static_cast<float>(width);
  const float mean_gx = warp_sum(sum_gx) / static_cast<float>(width);
#pragma unroll
  for (int i = 0; i < g.chunks; i++)
    if (g.column(i) < width) {
      float out[n];
#pragma unroll
      for (int j = 0; j < n; j++) out[j] = rstd * (g.x[i][j] - mean_g - xhat.x[i][j] * mean_gx);
      store(p.grad_x, r * width + g.column(i), out);
    }
}

template <int n>
__global__ void __launch_bounds__(threads) row_gradients_by_block(const LayerNormBackward p) {
  const int64_t r = blockIdx.x, start = r * p.width, first = int64_t{threadIdx.x} * n;
  const float mean = p.mean[r], rstd = p.rstd[r];
  float sum_g = 0, sum_gx = 0, grad[n], x[n], weight[n];
  const auto read = [&](int64_t i) {
    load(p.grad, start + i, grad);
    load(p.x, start + i, x);
    load(p.weight, i, weight);
#pragma unroll
    for (int j = 0; j < n; j++) grad[j] *= weight[j], x[j] = (x[j] - mean) * rstd;
  };
  for (int64_t i = first; i < p.width; i += threads * n) {
    read(i);
    for (int j = 0; j < n; j++) sum_g += grad[j], sum_gx += grad[j] * x[j];
  }
  const float mean_g = block_sum(sum_g) / static_cast<float>(p.width);
  const float mean_gx = block_sum(sum_gx) / static_cast<float>(p.width);
  for (int64_t i = first; i < p.width; i += threads * n) {
    read(i);
    float out[n];
#pragma unroll
    for (int j = 0; j < n; j++) out[j] = rstd * (grad[j] - mean_g - x[j] * mean_gx);
    store(p.grad_x, start + i, out);
  }
}

// Sums of grad * xhat and of grad over a block's rows, for 32 n columns: [blocks of rows, width] each.
struct ColumnSums {
  int64_t rows_per_block, blocks;
  float *weight, *bias;
};

template <class G, class X, int n>
__global__ void __launch_bounds__(threads)
    weight_gradients(const LayerNormBackward p, const ColumnSums sums) {
  constexpr int columns = 32 * n;
  SHARED_ARRAY(float, weight_sums, warps* columns);
  SHARED_ARRAY(float, bias_sums, warps* columns);
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int64_t first_column = int64_t{blockIdx.x} * columns, column = first_column + lane * n;
  const int64_t first_row = int64_t{blockIdx.y} * sums.rows_per_block;
  const int64_t last_row = min(p.rows, first_row + sums.rows_per_block);
  float of_weight[n] = {}, of_bias[n] = {};
  if (column < p.width)
    for (int64_t r = first_row + warp; r < last_row; r += warps) {
      float grad[n], x[n];
      load(static_cast<const G*>(p.grad.data) + r * p.width + column, grad);
      load(static_cast<const X*>(p.x.data) + r * p.width + column, x);
      const float mean = p.mean[r], rstd = p.rstd[r];
#pragma unroll
      for (int j = 0; j < n; j++) of_weight[j] += grad[j] * ((x[j] - mean) * rstd), of_bias[j] += grad[j];
    }
#pragma unroll
  for (int j = 0; j < n; j++) {
    weight_sums[warp * columns + lane * n + j] = of_weight[j];
    bias_sums[warp * columns + lane * n + j] = of_bias[j];
  }
  __syncthreads();
  for (int i = threadIdx.x; i < columns && first_column + i < p.width; i += threads) {
    float weight = 0, bias = 0;
    for (int w = 0; w < warps; w++)
      weight += weight_sums[w * columns + i], bias += bias_sums[w * columns + i];
    sums.weight[blockIdx.y * p.width + first_column + i] = weight;
    sums.bias[blockIdx.y * p.width + first_column + i] = bias;
  }
}

dim3 blocks_of(int64_t rows, int64_t per_block) {
  return dim3{static_cast<unsigned>(ceil_div(rows, per_block)), 1, 1};
}

void add_up_weight_gradients(const LayerNormBackward& p, Gpu& gpu) {
  constexpr int64_t least_rows = 64, most_blocks = 256;
  ColumnSums sums;
  sums.rows_per_block = ceil_div(p.rows, most_blocks);
  if (sums.rows_per_block < least_rows) sums.rows_per_block = least_rows;
  sums.blocks = ceil_div(p.rows, sums.rows_per_block);
  const int64_t count = sums.blocks * p.width;
  sums.weight = gpu.scratch<float>(count);
  sums.bias = gpu.scratch<float>(count);
  MSTA_FOR_DTYPE(
      p.grad.dtype, G,
      MSTA_FOR_DTYPE(p.x.dtype, X, {MSTA_FOR_VECTOR_LENGTH(vector_length(p.width, p.grad, p.x), n, {
                       const dim3 grid{static_cast<unsigned>(ceil_div(p.width, 32 * n)),
                                       static_cast<unsigned>(sums.blocks), 1};
                       launch(gpu, weight_gradients<G, X, n>, grid, threads, 0, p, sums);
                     })}))
  const auto add_up = [&](float* partial, const Operand& out) {
    if (out) column_sums(gpu, sums.blocks, p.width, {partial, count, DType::f32}, 1, out);
  };
  add_up(sums.weight, p.grad_weight);
  add_up(sums.bias, p.grad_bias);
}

template <int n>
void forward(const LayerNormForward& p, Gpu& gpu) {
  if constexpr (n > 1) {
    if (p.width <= most_in_registers) {
      MSTA_FOR_DTYPE(p.x.dtype, X,
                     launch(gpu, normalize_rows<X, n>, blocks_of(p.rows, warps), threads, 0, p);)
      return;
    }
  }
  launch(gpu, normalize_rows_by_block<n>, blocks_of(p.rows, 1), threads, 0, p);
}

template <int n>
void row_gradients_of(const LayerNormBackward& p, Gpu& gpu) {
  if constexpr (n > 1) {
    if (p.width <= most_in_registers) {
      const dim3 grid = blocks_of(p.rows, warps);
      MSTA_FOR_DTYPE(p.grad.dtype, G,
                     MSTA_FOR_DTYPE(p.x.dtype, X, launch(gpu, row_gradients<G, X, n>, grid, threads, 0, p);))
      return;
    }
  }
  launch(gpu, row_gradients_by_block<n>, blocks_of(p.rows, 1), threads, 0, p);
}

}  // namespace

void layer_norm_forward(const KernelArgs& args, Gpu& gpu) {
  const LayerNormForward p(args);
  MSTA_FOR_VECTOR_LENGTH(vector_length(p.width, p.x, p.weight, p.bias, p.out), n, forward<n>(p, gpu);)
}

void layer_norm_backward(const KernelArgs& args, Gpu& gpu) {
  const LayerNormBackward p(args);
  if (p.grad_weight || p.grad_bias) add_up_weight_gradients(p, gpu);
  if (!p.grad_x) return;
  MSTA_FOR_VECTOR_LENGTH(vector_length(p.width, p.grad, p.x, p.weight, p.grad_x), n,
                         row_gradients_of<n>(p, gpu);)
}

}  // namespace msta::cuda
