#pragma once
#include "gemm_parts.h"
#include "ptx.h"

// Tiles of bfloat16 factors in shared memory, `mma_slab` deep, laid out so that neither filling them in
// pieces of 16 bytes nor reading 8x8 matrices from them makes lanes meet in a bank: the pieces of a line
// change places by the line's number.
namespace msta::cuda {

template <int sides, bool along_depth>
struct Tile {
  static constexpr int elements = sides * mma_slab;
  static constexpr int pieces_per_line = (along_depth ? mma_slab : sides) / 8;

  // Where a piece lies. Two lines of four pieces fill all banks, or one line of eight or more does.
  static __device__ __forceinline__ int offset(int line, int piece) {
    return (line * pieces_per_line + (piece ^ (along_depth ? line / 2 % 4 : line % 8))) * 8;
  }
};

// Copies tiles of a factor to shared memory, all threads of a block together.
template <int sides, bool along_depth, int threads>
class TileLoader {
  using Place = Tile<sides, along_depth>;
  static constexpr int lines_at_once = threads / Place::pieces_per_line;
  static constexpr int steps = Place::elements / 8 / threads;
  static_assert(lines_at_once % 8 == 0 && steps * threads * 8 == Place::elements);

 public:
  __device__ __forceinline__ TileLoader(const Terms& terms, int64_t first_side)
      : terms_(terms),
        line_(static_cast<int>(threadIdx.x) / Place::pieces_per_line),
        piece_(static_cast<int>(threadIdx.x) % Place::pieces_per_line) {
    const int64_t line = along_depth ? first_side + line_ : line_;
    const int64_t column = piece_ * 8 + (along_depth ? 0 : first_side);
    start_ = line * terms.line_stride + column;
    // Along the depth the lines are sides, and the same at every depth; else the pieces are.
    lines_left_ = along_depth ? clamped(terms.sides - line) : clamped(terms.depth - line);
    pieces_left_ = along_depth ? clamped(terms.depth - column) : clamped(terms.sides - column);
  }

  // Starts copying the tile at this depth.
  __device__ __forceinline__ void load(bf16* shared, int term, int depth) const {
    const bf16* source = (term == 0 ? terms_.data[0] : terms_.data[1]) + start_ +
                         (along_depth ? int64_t{depth} : depth * terms_.line_stride);
    const int lines_left = along_depth ? lines_left_ : lines_left_ - depth;
    const bool piece_valid = (along_depth ? pieces_left_ - depth : pieces_left_) > 0;
#pragma unroll
    for (int i = 0; i < steps; i++) {
      const bool valid = piece_valid && lines_left > i * lines_at_once;
      copy_async_16(shared + Place::offset(line_ + i * lines_at_once, piece_), source, valid);
      source += lines_at_once * terms_.line_stride;
    }
  }

 private:
  const Terms& terms_;
  int line_, piece_, lines_left_, pieces_left_;
  int64_t start_;
};

// Reads 16 sides and 16 of the depth as four 8x8 matrices. The first two are the halves of the sides for a
// left factor, of the depth for a right one: as mma_bf16 wants them.
template <int sides, bool along_depth, bool left>
class FragmentReader {
  using Place = Tile<sides, along_depth>;

 public:
  // For the warp whose sides begin at `first_side`, a multiple of 16 times a power of two below it.
  __device__ __forceinline__ explicit FragmentReader(int first_side) {
    const int lane = static_cast<int>(threadIdx.x) % 32, row = lane % 8;
    const int lower = lane / 8 % 2, upper = lane / 16;
    const int side_half = left ? lower : upper, depth_half = left ? upper : lower;
    start_ = along_depth ? Place::offset(first_side + side_half * 8 + row, depth_half)
                         : Place::offset(depth_half * 8 + row, first_side / 8 + side_half);
  }

  // The matrices `block` times 16 sides and `step` times 16 of the depth further. Only along the line does
  // that meet the exchange of pieces, where it sets bits that are zero.
  __device__ __forceinline__ void read(uint32_t (&fragment)[4], const bf16* tile, int block, int step) const {
    if constexpr (along_depth)
      load_matrices(fragment, tile + (start_ ^ step * 16) + block * 16 * mma_slab);
    else
      load_matrices_transposed(fragment, tile + (start_ ^ block * 16) + step * 16 * sides);
  }

 private:
  int start_;
};

}  // namespace msta::cuda
