#pragma once
#include "attention.cuda.h"

// Tiles of bfloat16 rows in shared memory and the fragments that tensor cores take of them. Included behind
// cuda/bf16.h and cuda/ptx.h.
namespace msta::cuda {

constexpr int tile_threads = 128, tile_warps = tile_threads / 32;
constexpr int tile_rows = 64;

constexpr float log2_e = 1.44269504f, ln_2 = 0.693147181f;

// The kernel variant for a head: zeros fill it up.
inline int tile_dim_of(int head_dim) { return head_dim <= 32 ? 32 : head_dim <= 64 ? 64 : 80; }

// The thread's lane and warp; computed without signs, so that the compiler sees through what follows.
__device__ __forceinline__ int lane_index() { return static_cast<int>(threadIdx.x & 31u); }
__device__ __forceinline__ int warp_index() { return static_cast<int>(threadIdx.x >> 5); }

// Rows of `dim` elements one after another in dynamic shared memory; a tile is known by its offset there, a
// multiple of 128. The 16-byte chunks of a row are permuted such that the same chunk of eight neighbouring
// rows lies in eight different groups of banks.
template <int dim>
struct Tile {
  static_assert(dim == 32 || dim == 64 || dim == 80);
  static constexpr int chunks = dim / 8, row_bytes = dim * 2;
  static constexpr int bytes(int rows) { return rows * row_bytes; }

  static __device__ __forceinline__ int offset(int row, int chunk) {
    return row * row_bytes + (chunk ^ (dim == 64 ? row & 7 : dim == 32 ? row >> 1 & 3 : row >> 2 & 1)) * 16;
  }
  // The offset `step` pairs of chunks further in a row, from that of one of its first two chunks.
  static __device__ __forceinline__ int forward(int at, int step) {
    return dim == 80 ? at + step * 32 : at ^ (step * 32);
  }
};

// The thread's part of copying rows of a head into tiles: the same 16 bytes of some rows of every tile.
template <int dim>
struct TileCopy {
  static constexpr unsigned lanes = dim == 80 ? 16 : Tile<dim>::chunks;
  static constexpr int rows_at_once = tile_threads / lanes;
  static_assert(rows_at_once % 8 == 0);  // so that a thread's rows are permuted alike

  const bf16* source;  // in the next tile
  int64_t stride;

  static __device__ __forceinline__ int row() { return static_cast<int>(threadIdx.x / lanes); }
  static __device__ __forceinline__ int chunk() { return static_cast<int>(threadIdx.x % lanes); }

  __device__ __forceinline__ TileCopy(const bf16* head, int64_t stride, int first)
      : source(head + (first + row()) * stride + chunk() * 8), stride(stride) {}

  // Starts copying the next `rows` rows, zeros for what lies behind `count` rows or `columns` columns.
  // `anywhere` is an address of global memory.
  template <int rows>
  __device__ __forceinline__ void start(int tile, int count, int columns, const bf16* anywhere) {
    static_assert(rows % rows_at_once == 0);
    if (chunk() >= Tile<dim>::chunks) return;
    const int rest = chunk() * 8 < columns ? count - row() : 0;
    unsigned char* target = dynamic_shared() + tile + Tile<dim>::offset(row(), chunk());
#pragma unroll
    for (int i = 0; i < rows; i += rows_at_once) {
      copy_async_16(target + i * Tile<dim>::row_bytes, i < rest ? source : anywhere, i < rest);
      source += rows_at_once * stride;
    }
  }
};

// The addresses below are written as what varies plus constants, which become part of the instruction.

// A [16, 16]: rows from `own + row`, multiples of 8, and columns from 16 * step on; tile and row are
// constants.
template <int dim>
__device__ __forceinline__ void load_a(uint32_t (&a)[4], int tile, int own, int row, int step) {
  const int at = Tile<dim>::offset(lane_index() & 15, lane_index() >> 4);
  const int varying = Tile<dim>::forward(at, step) + own * Tile<dim>::row_bytes;
  load_matrices(a, dynamic_shared() + varying + (tile + row * Tile<dim>::row_bytes));
}
// Two B [16, 8] of the transposed tile: b[0], b[1] with eight of its rows from `row` on as columns, b[2],
// b[3] with the next eight; its columns from 16 * step on are the depth.
template <int dim>
__device__ __forceinline__ void load_b_transposed(uint32_t (&b)[4], int tile, int row, int step) {
  const int lane = lane_index();
  const int at = tile + Tile<dim>::offset((lane >> 4) * 8 + (lane & 7), lane >> 3 & 1);
  load_matrices(b, dynamic_shared() + Tile<dim>::forward(at, step) + row * Tile<dim>::row_bytes);
}
// Two B [16, 8]: sixteen rows of the tile from `row` on are the depth, its columns from 16 * step on the
// columns.
template <int dim>
__device__ __forceinline__ void load_b(uint32_t (&b)[4], int tile, int row, int step) {
  const int at = tile + Tile<dim>::offset(lane_index() & 15, lane_index() >> 4);
  load_matrices_transposed(b, dynamic_shared() + Tile<dim>::forward(at, step) + row * Tile<dim>::row_bytes);
}

// Where element e of a lane's part of c [16, 8] lies.
__device__ __forceinline__ int c_row(int e) { return (lane_index() >> 2) + (e >> 1) * 8; }
__device__ __forceinline__ int c_column(int e) { return (lane_index() & 3) * 2 + (e & 1); }

// c [16, 16], two neighbours of 8 columns, rounded to an A [16, 16].
__device__ __forceinline__ void round_to_a(uint32_t (&a)[4], const float (&left)[4],
                                           const float (&right)[4]) {
  a[0] = pack_bf16(left[0], left[1]);
  a[1] = pack_bf16(left[2], left[3]);
  a[2] = pack_bf16(right[0], right[1]);
  a[3] = pack_bf16(right[2], right[3]);
}

template <class T>
__device__ __forceinline__ void put_pair(T* target, bool together, float first, float second) {
  if (!together) {
    put(target, first);
    put(target + 1, second);
  } else if constexpr (sizeof(T) == 2) {
    *reinterpret_cast<uint32_t*>(target) = pack_bf16(first, second);
  } else {
    *reinterpret_cast<float2*>(target) = make_float2(first, second);
  }
}

// Where a warp stores results, rows `stride` apart, as many as there are. `columns` is even; with `pairs`,
// the addresses of two neighbours suit one access.
struct RowsTarget {
  const Operand& to;
  int64_t offset, stride;
  int rows, columns;
  bool pairs;
};

template <int dim, class T>
__device__ __forceinline__ void store_rows_as(const RowsTarget& target, int row, const float (&c)[dim / 8][4],
                                              float upper_factor, float lower_factor) {
#pragma unroll
  for (int half = 0; half < 2; half++) {
    const int at = row + c_row(2 * half);
    T* out = static_cast<T*>(target.to.data) + target.offset + at * target.stride + c_column(0);
    const float factor = half ? lower_factor : upper_factor;
#pragma unroll
    for (int n = 0; n < dim / 8; n++)
      if (at < target.rows && n * 8 + c_column(0) < target.columns)
        put_pair(out + n * 8, target.pairs, c[n][2 * half] * factor, c[n][2 * half + 1] * factor);
  }
}

// Stores c [16, dim] times a factor for each half of the rows, row `row` first.
template <int dim>
__device__ __forceinline__ void store_rows(const RowsTarget& target, int row, const float (&c)[dim / 8][4],
                                           float upper_factor, float lower_factor) {
  MSTA_FOR_DTYPE(target.to.dtype, T, { store_rows_as<dim, T>(target, row, c, upper_factor, lower_factor); })
}

inline bool suits_pairs(const Operand& x) { return reinterpret_cast<uintptr_t>(x.data) % 8 == 0; }

}  // namespace msta::cuda
