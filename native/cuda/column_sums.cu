#include <algorithm>

#include "gemm.h"
#include "vectors.h"

namespace msta::cuda {

namespace {

// A block adds up 16 rows of 16 pieces of 8 columns at a time.
constexpr int pieces = 16, rows_at_once = 16, columns_per_block = pieces * 8;

// sums[blockIdx.y][n] = sum over the rows of part blockIdx.y.
template <class T>
__global__ void __launch_bounds__(pieces* rows_at_once)
    sum_parts(const T* x, int64_t rows, int64_t columns, bool vectors, float* sums) {
  SHARED_ARRAY(float, of_rows, rows_at_once* columns_per_block);
  const int piece = static_cast<int>(threadIdx.x) % pieces, row = static_cast<int>(threadIdx.x) / pieces;
  const int64_t first_column = int64_t{blockIdx.x} * columns_per_block, column = first_column + piece * 8;
  const int64_t begin = rows * blockIdx.y / gridDim.y, end = rows * (blockIdx.y + 1) / gridDim.y;
  float total[8] = {};
  if (column < columns) {
#pragma unroll 4
    for (int64_t r = begin + row; r < end; r += rows_at_once) {
      float v[8];
      load_some(x + r * columns + column, columns - column, vectors, v);
#pragma unroll
      for (int i = 0; i < 8; i++) total[i] += v[i];
    }
  }
#pragma unroll
  for (int i = 0; i < 8; i++) of_rows[row * columns_per_block + i * pieces + piece] = total[i];
  __syncthreads();
  const int at = static_cast<int>(threadIdx.x);
  const int64_t mine = first_column + at % pieces * 8 + at / pieces;
  if (at >= columns_per_block || mine >= columns) return;
  float sum = 0;
#pragma unroll
  for (int r = 0; r < rows_at_once; r++) sum += of_rows[r * columns_per_block + at];
  sums[blockIdx.y * columns + mine] = sum;
}

template <class T>
__global__ void add_parts(const float* sums, int parts, int64_t columns, float scale, T* out) {
  const int64_t n = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (n >= columns) return;
  float total = 0;
#pragma unroll 8
  for (int part = 0; part < parts; part++) total += sums[part * columns + n];
  put(out + n, scale * total);
}

}  // namespace

void column_sums(Gpu& gpu, int64_t rows, int64_t columns, const Operand& x, float scale, const Operand& out) {
  constexpr int64_t blocks_per_multiprocessor = 4, least_rows = 4 * rows_at_once, most_parts = 256;
  const int64_t across = ceil_div(columns, columns_per_block);
  if (across == 0) return;
  const int64_t parts =
      std::clamp(std::min(blocks_per_multiprocessor * gpu.multiprocessors / across, rows / least_rows),
                 int64_t{1}, most_parts);
  float* sums = gpu.scratch<float>(parts * columns);
  const bool vectors = suits_vectors(x.data, x.dtype, columns);
  const dim3 grid{static_cast<unsigned>(across), static_cast<unsigned>(parts), 1};
  MSTA_FOR_DTYPE(x.dtype, T, {
    launch(gpu, sum_parts<T>, grid, pieces * rows_at_once, 0, static_cast<const T*>(x.data), rows, columns,
           vectors, sums);
  })
  MSTA_FOR_DTYPE(out.dtype, T, {
    launch(gpu, add_parts<T>, dim3{static_cast<unsigned>(ceil_div(columns, 64)), 1, 1}, 64, 0, sums,
           static_cast<int>(parts), columns, scale, static_cast<T*>(out.data));
  })
}

}  // namespace msta::cuda
