#pragma once
#include "activation.h"
#include "bf16.h"
#include "gemm.h"
#include "vectors.h"

// What the kernels behind multiply() share.
namespace msta::cuda {

// Tile of C that a block computes. What it costs is estimated, relative to the kernel's other tiles: the
// larger one is, the fewer bytes a multiplication moves, but the fewer blocks work while another begins or
// ends.
struct TileShape {
  int rows, columns;
  float speed;
  int overhead;  // of beginning and ending a block, in steps along the depth
};

// Where a product goes. With splits > 1, blocks share the depth and leave sums in `partial`, which
// add_partials() brings together.
struct Target {
  int64_t rows, columns;
  void* c;
  DType c_dtype;
  int64_t c_stride;
  Epilogue epilogue;
  bool vectors = false;  // suits_vectors() holds for c, pre_activation and residual
  int splits = 1;
  float* partial = nullptr;    // [splits, rows, partial_stride]
  int64_t partial_stride = 0;  // columns, rounded up to 8
};

__device__ __forceinline__ float element(const void* data, DType dtype, int64_t i) {
  return dtype == DType::bf16 ? to_float(static_cast<const bf16*>(data)[i])
                              : static_cast<const float*>(data)[i];
}

// The bias of `width` columns from `column` on.
template <int width>
__device__ __forceinline__ void load_bias(const Target& target, int64_t column, float (&bias)[width]) {
  const Operand& from = target.epilogue.bias;
#pragma unroll
  for (int i = 0; i < width; i++)
    bias[i] = from.data && column + i < target.columns ? element(from.data, from.dtype, column + i) : 0.f;
}

template <class T, int width>
__device__ __forceinline__ void finish_as(const Target& target, int64_t row, int64_t column,
                                          const float (&bias)[width], float (&x)[width]) {
  const Epilogue& epilogue = target.epilogue;
  const int64_t at = row * target.c_stride + column, count = target.columns - column;
#pragma unroll
  for (int i = 0; i < width; i++) x[i] += bias[i];
  if (epilogue.pre_activation)
    store_some(static_cast<T*>(epilogue.pre_activation) + at, count, target.vectors, x);
#pragma unroll
  for (int i = 0; i < width; i++) x[i] = epilogue.scale * activate(epilogue.activation, x[i]);
  if (epilogue.residual) {
    float residual[width];
    load_some(static_cast<const T*>(epilogue.residual) + at, count, target.vectors, residual);
#pragma unroll
    for (int i = 0; i < width; i++) x[i] += residual[i];
  }
  store_some(static_cast<T*>(target.c) + at, count, target.vectors, x);
}

// Applies the epilogue to `width` neighbours in a row of A * B and stores them. x is used up.
template <int width>
__device__ __forceinline__ void finish(const Target& target, int64_t row, int64_t column,
                                       const float (&bias)[width], float (&x)[width]) {
  if (row >= target.rows || column >= target.columns) return;
  if (target.c_dtype == DType::bf16)
    finish_as<bf16>(target, row, column, bias, x);
  else
    finish_as<float>(target, row, column, bias, x);
}

// Keeps them as the part of split blockIdx.y.
template <int width>
__device__ __forceinline__ void keep_partial(const Target& target, int64_t row, int64_t column,
                                             const float (&x)[width]) {
  if (row >= target.rows || column >= target.partial_stride) return;
  store_vector(target.partial + (blockIdx.y * target.rows + row) * target.partial_stride + column, x);
}

// First row and column of the tile that block blockIdx.x computes. Tiles are taken in groups of a few rows of
// tiles, so that blocks which run at the same time read the same parts of A and B.
struct TilePlace {
  int64_t row, column;
};
template <int tile_rows, int tile_columns>
__device__ __forceinline__ TilePlace place_of_tile(const Target& target) {
  constexpr unsigned group = 8;
  const unsigned down = static_cast<unsigned>((target.rows + tile_rows - 1) / tile_rows);
  const unsigned across = static_cast<unsigned>((target.columns + tile_columns - 1) / tile_columns);
  const unsigned first = blockIdx.x / (group * across) * group, within = blockIdx.x % (group * across);
  const unsigned height = down - first < group ? down - first : group;
  return {int64_t{first + within % height} * tile_rows, int64_t{within / height} * tile_columns};
}

// The blocks for a product in such tiles.
inline dim3 grid_of_tiles(const Target& target, const TileShape& shape) {
  const int64_t tiles = ceil_div(target.rows, shape.rows) * ceil_div(target.columns, shape.columns);
  return dim3{static_cast<unsigned>(tiles), static_cast<unsigned>(target.splits), 1};
}

// The part of `count` things that split blockIdx.y works on.
struct Range {
  int64_t begin, end;
};
__device__ __forceinline__ Range range_of_split(int64_t count, int splits) {
  return {count * blockIdx.y / splits, count * (blockIdx.y + 1) / splits};
}

// What is left of a size, as a number that tells for any part of a tile whether it is inside.
__device__ __forceinline__ int clamped(int64_t left) {
  constexpr int64_t most = 1 << 30;
  return static_cast<int>(left < -most ? -most : left < most ? left : most);
}

// One side of a product as the kernels see it: `sides` rows of A or columns of B, and the depth.
struct Factor {
  const void* data;
  DType dtype;
  int64_t sides, depth, side_stride, depth_stride;

  // Whether neighbours in memory are neighbours along the depth.
  bool along_depth() const { return depth_stride == 1; }
  // Memory as lines of `length` neighbours, `line_stride` apart.
  int64_t lines() const { return along_depth() ? sides : depth; }
  int64_t length() const { return along_depth() ? depth : sides; }
  int64_t line_stride() const { return along_depth() ? side_stride : depth_stride; }
};

// gemm_terms.cu: a factor as a sum of bfloat16 matrices, in lines that begin at multiples of 16 bytes and are
// whole numbers of 16 bytes long (zeros behind the end).
struct Terms {
  const bf16* data[2];  // equal where there is only one
  int count;
  int64_t sides, depth, line_stride;
  bool along_depth;
};
// The factor itself where it is stored so, else a copy in scratch: two terms of a float32 one.
Terms as_terms(Gpu& gpu, const Factor& factor);

// gemm_mma.cu: the product of all terms of a with all of b, at most one of which has two. `shape` is an index
// into mma_shapes.
constexpr TileShape mma_shapes[] = {{128, 256, 1.f, 8}, {128, 128, 0.9f, 5}, {64, 64, 0.55f, 5}};
constexpr int mma_slab = 32;  // depth of a step
void multiply_mma(Gpu& gpu, int shape, const Terms& a, const Terms& b, const Target& target);

// gemm_f32.cu: of float32 matrices, in float32.
constexpr TileShape f32_shapes[] = {{128, 128, 1.f, 5}, {64, 64, 0.7f, 5}};
constexpr int f32_slab = 16;
void multiply_f32(Gpu& gpu, int shape, const Factor& a, const Factor& b, const Target& target);

// gemm.cu: how a product is computed.
struct Plan {
  enum Kernel { f32, mma, wgmma } kernel;
  int shape, splits;
};
Plan choose(const Gpu& gpu, int64_t rows, int64_t depth, int64_t columns, DType a, DType b);
// multiply() with a plan of one's own.
void multiply_by(const Plan& plan, Gpu& gpu, int64_t rows, int64_t depth, int64_t columns, const Matrix& a,
                 const Matrix& b, void* c, DType c_dtype, int64_t c_stride, const Epilogue& epilogue);

}  // namespace msta::cuda
