#include "gemm_parts.h"

// Products of float32 matrices without tensor cores: a thread multiplies quads of rows by quads of columns
// from tiles in shared memory, while the next tiles are on their way through registers.
namespace msta::cuda {

namespace {

constexpr int threads = 256, across = 16;  // a block is 16 by 16 threads

struct F32Product {
  Factor a, b;
  bool a_vectors, b_vectors;
  Target target;
};

// A tile of a factor: `slab` of the depth, `sides` neighbours each, a quad for every thread.
template <int sides, bool along_depth>
class F32Tile {
 public:
  static constexpr int slab = threads * 4 / sides, pitch = sides + 4;

  // The first tile that fetch() will bring begins at (first_side, first_depth).
  __device__ __forceinline__ F32Tile(const Factor& factor, bool vectors, int64_t first_side,
                                     int64_t first_depth)
      : factor_(factor),
        vectors_(vectors),
        line_(static_cast<int>(threadIdx.x) / quads_per_line),
        quad_(static_cast<int>(threadIdx.x) % quads_per_line * 4) {
    const int64_t line = line_ + (along_depth ? first_side : first_depth);
    const int64_t column = quad_ + (along_depth ? first_depth : first_side);
    source_ = static_cast<const float*>(factor.data) +
              line * (along_depth ? factor.side_stride : factor.depth_stride) + column;
    lines_left_ = clamped((along_depth ? factor.sides : factor.depth) - line);
    columns_left_ = clamped((along_depth ? factor.depth : factor.sides) - column);
  }

  // Loads this thread's part of a tile into registers and goes on to the next tile.
  __device__ __forceinline__ void fetch() {
    load_some(source_, lines_left_ > 0 ? columns_left_ : 0, vectors_, held_);
    source_ += along_depth ? int64_t{slab} : slab * factor_.depth_stride;
    (along_depth ? columns_left_ : lines_left_) -= slab;
  }

  __device__ __forceinline__ void put(float* shared) const {
    if constexpr (along_depth) {
#pragma unroll
      for (int i = 0; i < 4; i++) shared[(quad_ + i) * pitch + line_] = held_[i];
    } else {
      store_vector(shared + line_ * pitch + quad_, held_);
    }
  }

 private:
  static constexpr int quads_per_line = (along_depth ? slab : sides) / 4;

  const Factor& factor_;
  const float* source_;
  bool vectors_;
  int line_, quad_, lines_left_, columns_left_;
  float held_[4];
};

// A thread's quads are 64 apart, so that the lanes of a warp read neighbouring ones.
template <int quads>
__device__ __forceinline__ void read_quads(const float* shared, int place, float (&x)[quads][4]) {
#pragma unroll
  for (int i = 0; i < quads; i++) load_vector(shared + i * 4 * across + place * 4, x[i]);
}

template <int size, bool a_along_depth, bool b_along_depth>
__global__ void __launch_bounds__(threads, size == 128 ? 2 : 3)
    multiply_f32_tiles(const __grid_constant__ F32Product p) {
  constexpr int quads = size / (4 * across);
  constexpr int slab = F32Tile<size, true>::slab, pitch = F32Tile<size, true>::pitch;
  constexpr int buffer = slab * pitch;
  SHARED_ARRAY(float4, shared_a, 2 * buffer / 4);
  SHARED_ARRAY(float4, shared_b, 2 * buffer / 4);
  float* a_tiles = &shared_a[0].x;
  float* b_tiles = &shared_b[0].x;
  const TilePlace place = place_of_tile<size, size>(p.target);
  const int x = static_cast<int>(threadIdx.x) % across, y = static_cast<int>(threadIdx.x) / across;
  const Range range = range_of_split((p.a.depth + f32_slab - 1) / f32_slab, p.target.splits);
  F32Tile<size, a_along_depth> a_tile(p.a, p.a_vectors, place.row, range.begin * f32_slab);
  F32Tile<size, b_along_depth> b_tile(p.b, p.b_vectors, place.column, range.begin * f32_slab);
  const int steps = static_cast<int>(range.end - range.begin) * (f32_slab / slab);

  float sums[quads][4][quads][4] = {};
  a_tile.fetch();
  b_tile.fetch();
  for (int step = 0; step < steps; step++) {
    float* a = a_tiles + step % 2 * buffer;
    float* b = b_tiles + step % 2 * buffer;
    a_tile.put(a);
    b_tile.put(b);
    __syncthreads();  // whoever is a step behind reads the other buffer
    a_tile.fetch();
    b_tile.fetch();
#pragma unroll 2  // for more, two blocks leave no registers
    for (int k = 0; k < slab; k++) {
      float left[quads][4], right[quads][4];
      read_quads(a + k * pitch, y, left);
      read_quads(b + k * pitch, x, right);
#pragma unroll
      for (int i = 0; i < quads * 4; i++)
#pragma unroll
        for (int j = 0; j < quads * 4; j++)
          sums[i / 4][i % 4][j / 4][j % 4] += left[i / 4][i % 4] * right[j / 4][j % 4];
    }
  }

#pragma unroll
  for (int j = 0; j < quads; j++) {
    const int64_t column = place.column + j * 4 * across + x * 4;
    float bias[4];
    load_bias(p.target, column, bias);
#pragma unroll
    for (int i = 0; i < quads * 4; i++) {
      const int64_t row = place.row + i / 4 * 4 * across + y * 4 + i % 4;
      if (p.target.splits > 1)
        keep_partial(p.target, row, column, sums[i / 4][i % 4][j]);
      else
        finish(p.target, row, column, bias, sums[i / 4][i % 4][j]);
    }
  }
}

template <int size>
void launch_tiles(Gpu& gpu, const TileShape& shape, const F32Product& p) {
  const dim3 grid = grid_of_tiles(p.target, shape);
  const auto run = [&](auto kernel) { launch(gpu, kernel, grid, threads, 0, p); };
  if (p.a.along_depth() && p.b.along_depth())
    run(multiply_f32_tiles<size, true, true>);
  else if (p.a.along_depth())
    run(multiply_f32_tiles<size, true, false>);
  else if (p.b.along_depth())
    run(multiply_f32_tiles<size, false, true>);
  else
    run(multiply_f32_tiles<size, false, false>);
}

}  // namespace

void multiply_f32(Gpu& gpu, int shape, const Factor& a, const Factor& b, const Target& target) {
  const F32Product p{a, b, suits_vectors(a.data, a.dtype, a.line_stride()),
                     suits_vectors(b.data, b.dtype, b.line_stride()), target};
  if (shape == 0)
    launch_tiles<128>(gpu, f32_shapes[0], p);
  else
    launch_tiles<64>(gpu, f32_shapes[1], p);
}

}  // namespace msta::cuda
