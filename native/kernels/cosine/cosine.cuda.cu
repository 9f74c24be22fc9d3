#include "cosine.h"

#include "../../cuda/elements.h"
#include "../../cuda/kernels.h"
#include "../../cuda/reduce.h"

namespace msta::cuda {

namespace {

constexpr int threads = 256, warps = threads / 32;

// Rows divided by their lengths, in scratch: `stride` apart, zeros behind the width, so that vectors fit.
struct UnitRows {
  Operand x;
  int64_t rows, width, stride;
  float *unit, *inverse;  // inverse[r] = 1 / length, or 0 for a zero row

  __device__ __forceinline__ const float4* row(int64_t r) const {
    return reinterpret_cast<const float4*>(unit + r * stride);
  }
};

__device__ __forceinline__ void add_product(float4 a, float4 b, float& total) {
  total += a.x * b.x;
  total += a.y * b.y;
  total += a.z * b.z;
  total += a.w * b.w;
}

// By one warp. Lengths are summed in double: squares need its range.
__device__ __forceinline__ void divide_by_length(const UnitRows& rows, int64_t r) {
  const int lane = threadIdx.x % 32;
  double squares = 0;
  for (int64_t i = lane; i < rows.width; i += 32) {
    const double x = element(rows.x, r * rows.width + i);
    squares += x * x;
  }
  squares = warp_sum(squares);
  const float inverse = squares == 0 ? 0.f : static_cast<float>(1 / sqrt(squares));
  if (lane == 0) rows.inverse[r] = inverse;
  for (int64_t i = lane; i < rows.stride; i += 32)
    rows.unit[r * rows.stride + i] = i < rows.width ? element(rows.x, r * rows.width + i) * inverse : 0.f;
}

// A warp a row, first those of a, then those of b.
__global__ void divide_by_lengths(const UnitRows a, const UnitRows b) {
  const int64_t r = int64_t{blockIdx.x} * warps + threadIdx.x / 32;
  if (r < a.rows)
    divide_by_length(a, r);
  else if (r < a.rows + b.rows)
    divide_by_length(b, r - a.rows);
}

UnitRows unit_rows(Gpu& gpu, const Operand& x, int64_t rows, int64_t width) {
  const int64_t stride = ceil_div(width, 4) * 4;
  return {x, rows, width, stride, gpu.scratch<float>(rows * stride), gpu.scratch<float>(rows)};
}

void divide(Gpu& gpu, const UnitRows& a, const UnitRows& b) {
  launch(gpu, divide_by_lengths, grid_of(a.rows + b.rows, warps, INT32_MAX), threads, 0, a, b);
}

constexpr int columns_of_warp = 4;

// A warp computes the cosines of one row of a with some rows of b; paired, with the one that belongs to it.
__global__ void unit_products(const CosineShape s, const UnitRows a, const UnitRows b, float* out) {
  const int64_t others = s.paired ? 1 : s.columns;
  const int64_t groups = (others + columns_of_warp - 1) / columns_of_warp;
  const int64_t group = int64_t{blockIdx.x} * warps + threadIdx.x / 32;
  if (group >= s.rows * groups) return;
  const int64_t i = group / groups, first = group % groups * columns_of_warp;
  const int64_t first_row = s.paired ? i : first;
  float total[columns_of_warp] = {};
  for (int64_t v = threadIdx.x % 32; v < a.stride / 4; v += 32) {
    const float4 x = a.row(i)[v];
#pragma unroll
    for (int c = 0; c < columns_of_warp; c++)
      if (first + c < others) add_product(x, b.row(first_row + c)[v], total[c]);
  }
#pragma unroll
  for (int c = 0; c < columns_of_warp; c++) {
    const float cosine = warp_sum(total[c]);
    if (threadIdx.x % 32 == 0 && first + c < others) out[i * others + first + c] = s.scale * cosine;
  }
}

// One side of the gradients: own row i has met `others` rows of the other side.
struct Side {
  UnitRows own, other;
  const float* grad;
  int64_t others, row_stride, column_stride;  // grad of (i, j) is grad[i * row_stride + j * column_stride]
  float scale;
  bool paired;
  float* g;  // [own rows, stride]
  Operand out;
};

// With unit rows ua, ub: g = sum_j grad_ij * scale * ub_j; grad_a = (g - ua (ua . g)) / |a|. A block a row:
// its warps share the j, and `tile` columns at a time.
__global__ void row_gradients(const Side side) {
  constexpr int vectors_of_lane = 4, tile = 32 * 4 * vectors_of_lane;
  SHARED_ARRAY(float, partial, warps* tile);
  const UnitRows &own = side.own, &other = side.other;
  const int64_t i = blockIdx.x, vectors = own.stride / 4;
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  float along = 0;
  for (int64_t first = 0; first < vectors; first += tile / 4) {
    float4 sum[vectors_of_lane] = {};
    for (int64_t j = warp; j < side.others; j += warps) {
      const float weight = side.scale * side.grad[i * side.row_stride + j * side.column_stride];
      const float4* row = other.row(side.paired ? i : j) + first;
#pragma unroll
      for (int c = 0; c < vectors_of_lane; c++)
        if (first + c * 32 + lane < vectors) {
          const float4 x = row[c * 32 + lane];
          sum[c].x += weight * x.x, sum[c].y += weight * x.y;
          sum[c].z += weight * x.z, sum[c].w += weight * x.w;
        }
    }
    __syncthreads();  // whoever still reads the last tile's
#pragma unroll
    for (int c = 0; c < vectors_of_lane; c++) {
      float* of_lane = partial + warp * tile + (c * 32 + lane) * 4;
      of_lane[0] = sum[c].x, of_lane[1] = sum[c].y, of_lane[2] = sum[c].z, of_lane[3] = sum[c].w;
    }
    __syncthreads();
    for (int k = threadIdx.x; k < tile && first * 4 + k < own.stride; k += threads) {
      float g = 0;
      for (int w = 0; w < warps; w++) g += partial[w * tile + k];
      const int64_t at = i * own.stride + first * 4 + k;
      side.g[at] = g;
      along += own.unit[at] * g;
    }
  }
  along = block_sum(along);
  // Each thread reads what it wrote itself: a tile is a multiple of the block.
  for (int64_t k = threadIdx.x; k < own.width; k += threads) {
    const int64_t at = i * own.stride + k;
    put(side.out, i * own.width + k, (side.g[at] - own.unit[at] * along) * own.inverse[i]);
  }
}

}  // namespace

void cosine_forward(const KernelArgs& args, Gpu& gpu) {
  const CosineForward p(args);
  const CosineShape& s = p.shape;
  const UnitRows a = unit_rows(gpu, p.a, s.rows, s.width), b = unit_rows(gpu, p.b, s.columns, s.width);
  divide(gpu, a, b);
  const int64_t groups = ceil_div(s.paired ? 1 : s.columns, columns_of_warp);
  launch(gpu, unit_products, grid_of(s.rows * groups, warps, INT32_MAX), threads, 0, s, a, b, p.out);
}

void cosine_backward(const KernelArgs& args, Gpu& gpu) {
  const CosineBackward p(args);
  const CosineShape& s = p.shape;
  const UnitRows a = unit_rows(gpu, p.a, s.rows, s.width), b = unit_rows(gpu, p.b, s.columns, s.width);
  divide(gpu, a, b);
  const auto differentiate = [&](const UnitRows& own, const UnitRows& other, int64_t row_stride,
                                 int64_t column_stride, const Operand& out) {
    if (!out) return;
    Side side{own, other, p.grad, other.rows, row_stride, column_stride, s.scale, s.paired, nullptr, out};
    if (s.paired) side.others = side.row_stride = 1;
    side.g = gpu.scratch<float>(own.rows * own.stride);
    launch(gpu, row_gradients, dim3{static_cast<unsigned>(own.rows), 1, 1}, threads, 0, side);
  };
  differentiate(a, b, s.columns, 1, p.grad_a);
  differentiate(b, a, 1, s.columns, p.grad_b);
}

}  // namespace msta::cuda
