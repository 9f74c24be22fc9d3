#include "gemm_tiles.h"

// Products of bfloat16 factors by mma.sync: blocks bring tiles of both to shared memory, a few steps ahead,
// and each warp keeps its part of the product in registers.
namespace msta::cuda {

namespace {

template <int rows_, int columns_, int warp_rows_, int warp_columns_, int stages_, int blocks_>
struct Blocking {
  static constexpr int rows = rows_, columns = columns_;                      // of a block's tile
  static constexpr int warp_rows = warp_rows_, warp_columns = warp_columns_;  // of a warp's part of it
  static constexpr int warps_across = columns / warp_columns;
  static constexpr int threads = 32 * rows / warp_rows * warps_across;
  static constexpr int stages = stages_;  // tiles in shared memory
  static constexpr int blocks = blocks_;  // at a time on a multiprocessor
  static constexpr int stage_elements = (rows + columns) * mma_slab;
  // A warp's sums on their way from the registers to memory: 16 rows at a time.
  static constexpr int sums_pitch = warp_columns + 8, sums_elements = 16 * sums_pitch;
  static constexpr int64_t stage_bytes = int64_t{stages} * stage_elements * 2;
  static constexpr int64_t sums_bytes = int64_t{threads} / 32 * sums_elements * 4;
  static constexpr int64_t shared_bytes = stage_bytes > sums_bytes ? stage_bytes : sums_bytes;
};

// In the order of mma_shapes. Shared memory suits GPUs with 100 KiB of it on a multiprocessor.
using Large = Blocking<128, 256, 64, 64, 4, 1>;
using Medium = Blocking<128, 128, 64, 64, 3, 2>;
using Small = Blocking<64, 64, 32, 32, 4, 3>;

struct MmaProduct {
  Terms a, b;
  Target target;
};

template <class Block>
struct Fragments {
  uint32_t a[Block::warp_rows / 16][4], b[Block::warp_columns / 16][4];
};

template <class Block>
struct Sums {
  float of[Block::warp_rows / 16][Block::warp_columns / 8][4];
};

template <class Block>
__device__ __forceinline__ void multiply_add(Sums<Block>& sums, const Fragments<Block>& x) {
#pragma unroll
  for (int i = 0; i < Block::warp_rows / 16; i++)
#pragma unroll
    for (int j = 0; j < Block::warp_columns / 8; j++)
      mma_bf16(sums.of[i][j], x.a[i], x.b[j / 2][j % 2 * 2], x.b[j / 2][j % 2 * 2 + 1]);
}

// Puts 16 rows of a warp's sums into its piece of shared memory. Of every 64 columns the last 32 have their
// quads exchanged in pairs: lanes that read eight columns each then meet in no bank.
template <class Block>
__device__ __forceinline__ void put_sums(float* shared, const Sums<Block>& sums, int i) {
  const int lane = static_cast<int>(threadIdx.x) % 32, row = lane / 4, pair = lane % 4;
#pragma unroll
  for (int j = 0; j < Block::warp_columns / 8; j++) {
    const int column = j * 8 + ((pair / 2) ^ (j / 4 % 2)) * 4 + pair % 2 * 2;
#pragma unroll
    for (int half = 0; half < 2; half++)
      *reinterpret_cast<float2*>(shared + (row + half * 8) * Block::sums_pitch + column) =
          make_float2(sums.of[i][j][half * 2], sums.of[i][j][half * 2 + 1]);
  }
}

__device__ __forceinline__ void get_sums(const float* shared_row, int eight, float (&x)[8]) {
  const int exchanged = eight / 4 % 2;
#pragma unroll
  for (int quad = 0; quad < 2; quad++) {
    const float4 v = *reinterpret_cast<const float4*>(shared_row + eight * 8 + (quad ^ exchanged) * 4);
    x[quad * 4] = v.x, x[quad * 4 + 1] = v.y, x[quad * 4 + 2] = v.z, x[quad * 4 + 3] = v.w;
  }
}

// Stores a warp's sums, whose first is at (row, column) of C, in lines of whole vectors.
template <class Block>
__device__ __forceinline__ void store_sums(const Target& target, const Sums<Block>& sums, float* shared,
                                           int64_t row, int64_t column) {
  constexpr int lanes_per_row = Block::warp_columns / 8, rows_at_once = 32 / lanes_per_row;
  const int lane = static_cast<int>(threadIdx.x) % 32, eight = lane % lanes_per_row;
  float bias[8];
  load_bias(target, column + eight * 8, bias);
#pragma unroll
  for (int i = 0; i < Block::warp_rows / 16; i++) {
    __syncwarp();  // all lanes have read what was there
    put_sums(shared, sums, i);
    __syncwarp();
#pragma unroll 1
    for (int r = lane / lanes_per_row; r < 16; r += rows_at_once) {
      float x[8];
      get_sums(shared + r * Block::sums_pitch, eight, x);
      if (target.splits > 1)
        keep_partial(target, row + i * 16 + r, column + eight * 8, x);
      else
        finish(target, row + i * 16 + r, column + eight * 8, bias, x);
    }
  }
}

template <class Block, bool a_along_depth, bool b_along_depth>
__global__ void __launch_bounds__(Block::threads, Block::blocks)
    multiply_tiles(const __grid_constant__ MmaProduct p) {
  constexpr int stages = Block::stages;
  auto* shared = reinterpret_cast<bf16*>(dynamic_shared());
  const TilePlace place = place_of_tile<Block::rows, Block::columns>(p.target);
  const TileLoader<Block::rows, a_along_depth, Block::threads> a_loader(p.a, place.row);
  const TileLoader<Block::columns, b_along_depth, Block::threads> b_loader(p.b, place.column);
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const int warp_row = warp / Block::warps_across * Block::warp_rows;
  const int warp_column = warp % Block::warps_across * Block::warp_columns;
  const FragmentReader<Block::rows, a_along_depth, true> a_reader(warp_row);
  const FragmentReader<Block::columns, b_along_depth, false> b_reader(warp_column);

  // A step is one slab of the depth and one pair of terms.
  const int a_terms = p.a.count, terms = a_terms * p.b.count;  // 1 or 2
  const Range range = range_of_split((p.a.depth + mma_slab - 1) / mma_slab * terms, p.target.splits);
  const int first = static_cast<int>(range.begin), end = static_cast<int>(range.end);
  const auto stage_of = [&](int step) { return shared + (step - first) % stages * Block::stage_elements; };
  const auto load = [&](int step) {
    if (step < end) {
      const int pair = step & (terms - 1), depth = (step >> (terms - 1)) * mma_slab;
      a_loader.load(stage_of(step), a_terms > 1 ? pair : 0, depth);
      b_loader.load(stage_of(step) + Block::rows * mma_slab, a_terms > 1 ? 0 : pair, depth);
    }
    copy_async_commit();  // an empty group at the end, so that counting them stays right
  };
  const auto read = [&](Fragments<Block>& x, const bf16* stage, int half) {
#pragma unroll
    for (int i = 0; i < Block::warp_rows / 16; i++) a_reader.read(x.a[i], stage, i, half);
#pragma unroll
    for (int j = 0; j < Block::warp_columns / 16; j++)
      b_reader.read(x.b[j], stage + Block::rows * mma_slab, j, half);
  };

  Sums<Block> sums = {};
  Fragments<Block> even, odd;
  for (int i = 0; i < stages - 1; i++) load(first + i);
  copy_async_wait<stages - 2>();
  __syncthreads();
  if (first < end) read(even, stage_of(first), 0);
  for (int step = first; step < end; step++) {
    read(odd, stage_of(step), 1);
    load(step + stages - 1);  // over the stage before this one, which all have read
    multiply_add(sums, even);
    copy_async_wait<stages - 2>();
    __syncthreads();
    if (step + 1 < end) read(even, stage_of(step + 1), 0);
    multiply_add(sums, odd);
  }
  // Behind the last barrier nobody reads a tile or copies one: the memory is free.
  store_sums(p.target, sums, reinterpret_cast<float*>(shared) + warp * Block::sums_elements,
             place.row + warp_row, place.column + warp_column);
}

template <class Block>
void launch_tiles(Gpu& gpu, const TileShape& shape, const MmaProduct& p) {
  const dim3 grid = grid_of_tiles(p.target, shape);
  const auto run = [&](auto kernel) { launch(gpu, kernel, grid, Block::threads, Block::shared_bytes, p); };
  if (p.a.along_depth && p.b.along_depth)
    run(multiply_tiles<Block, true, true>);
  else if (p.a.along_depth)
    run(multiply_tiles<Block, true, false>);
  else if (p.b.along_depth)
    run(multiply_tiles<Block, false, true>);
  else
    run(multiply_tiles<Block, false, false>);
}

}  // namespace

void multiply_mma(Gpu& gpu, int shape, const Terms& a, const Terms& b, const Target& target) {
  const MmaProduct p{a, b, target};
  if (shape == 0)
    launch_tiles<Large>(gpu, mma_shapes[0], p);
  else if (shape == 1)
    launch_tiles<Medium>(gpu, mma_shapes[1], p);
  else
    launch_tiles<Small>(gpu, mma_shapes[2], p);
}

}  // namespace msta::cuda
