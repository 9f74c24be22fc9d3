#include "../../cuda/bf16.h"
#include "../../cuda/gpu_stream.h"
#include "../../cuda/ptx.h"
#include "attention_tiles.cuda.h"

// Gradients of attention on tensor cores, without atomics: one kernel passes over the queries for each block
// of keys, one over the keys for each block of queries, and both compute the scores they need again.
namespace msta::cuda {

namespace {

// What the rows of a block are; the columns of its scores are the others.
enum class Of { keys, queries };

// A block has rows of two matrices, its sides: k and v, or q and grad. It passes over tiles of the other two:
//   weight = exp(side1 tile1^T - logsumexp), slope = weight (side2 tile2^T - the query's slope)
//   sum += slope tile1 (the gradient of side1), and for keys sum_value += weight tile2 (that of v)
// A warp has `groups` times 16 rows.
template <int dim, int groups, Of of>
struct Layout {
  static constexpr int rows = groups * 16 * tile_warps;
  static constexpr int tile_bytes = Tile<dim>::bytes(tile_rows);
  static constexpr int stats_bytes = of == Of::keys ? tile_rows * static_cast<int>(sizeof(QueryStats)) : 0;
  // In shared memory: both sides, then two stages of tile1, tile2 and the stats of their queries.
  static constexpr int side2 = Tile<dim>::bytes(rows), stages = 2 * side2;
  static constexpr int stage_bytes = 2 * tile_bytes + stats_bytes;
  static constexpr int shared_bytes = stages + 2 * stage_bytes;
  // Columns of scores that a warp has at a time: as many as registers allow.
  static constexpr int span = of == Of::keys && groups == 2 ? 16 : 32;
};

// out = a b^T: a the rows of a side from `row`, b `columns` rows of a tile from `column` on.
template <int dim, int groups, int columns>
__device__ __forceinline__ void multiply(int side, int row, int tile, int column,
                                         float (&out)[groups][columns / 8][4]) {
#pragma unroll
  for (int g = 0; g < groups; g++)
#pragma unroll
    for (int n = 0; n < columns / 8; n++)
#pragma unroll
      for (int e = 0; e < 4; e++) out[g][n][e] = 0;
#pragma unroll
  for (int step = 0; step < dim / 16; step++) {
    uint32_t a[groups][4];
#pragma unroll
    for (int g = 0; g < groups; g++) load_a<dim>(a[g], side, row, g * 16, step);
#pragma unroll
    for (int n = 0; n < columns / 8; n += 2) {
      uint32_t b[4];
      load_b_transposed<dim>(b, tile, column + n * 8, step);
#pragma unroll
      for (int g = 0; g < groups; g++) {
        mma_bf16(out[g][n], a[g], b[0], b[1]);
        mma_bf16(out[g][n + 1], a[g], b[2], b[3]);
      }
    }
  }
}

// sum += a b: a `columns` columns of weights, b as many rows of a tile from `column` on.
template <int dim, int groups, int columns>
__device__ __forceinline__ void add_weighted(const float (&weight)[groups][columns / 8][4], int tile,
                                             int column, float (&sum)[groups][dim / 8][4]) {
#pragma unroll
  for (int k = 0; k < columns / 8; k += 2) {
    uint32_t a[groups][4];
#pragma unroll
    for (int g = 0; g < groups; g++) round_to_a(a[g], weight[g][k], weight[g][k + 1]);
#pragma unroll
    for (int n = 0; n < dim / 8; n += 2) {
      uint32_t b[4];
      load_b<dim>(b, tile, column + k * 8, n / 2);
#pragma unroll
      for (int g = 0; g < groups; g++) {
        mma_bf16(sum[g][n], a[g], b[0], b[1]);
        mma_bf16(sum[g][n + 1], a[g], b[2], b[3]);
      }
    }
  }
}

struct GradientCall {
  const bf16 *qkv, *grad;
  const QueryStats* stats;  // logsumexp times log2(e); `padded` places a head
  int padded;
  Operand grad_qkv;
  bool pairs;
};

// What is known of the queries of the thread's four elements of a c [16, 8]: they are its two columns, known
// to the tile, or its two rows.
template <Of of>
struct Known {
  QueryStats stats[2];
  __device__ __forceinline__ const QueryStats& operator[](int e) const {
    return stats[of == Of::keys ? e & 1 : e >> 1];
  }
  __device__ __forceinline__ Known(int tile_stats, int column, const QueryStats (&of_rows)[2])
      : stats{of_rows[0], of_rows[1]} {
    if constexpr (of == Of::queries) return;
    const auto* pair = dynamic_shared() + tile_stats + (column + c_column(0)) * sizeof(QueryStats);
    const float4 both = *reinterpret_cast<const float4*>(pair);
    stats[0] = {both.x, both.y}, stats[1] = {both.z, both.w};
  }
};

template <Of of>
__device__ __forceinline__ bool is_seen(const Heads& s, int row, int column) {
  const int key = of == Of::keys ? row : column, query = of == Of::keys ? column : row;
  return key < s.tokens && !(s.causal && key > query);
}

template <int dim, int groups, Of of>
__global__ void __launch_bounds__(tile_threads, 2)
    differentiate_tiles(const Heads s, const GradientCall call) {
  using L = Layout<dim, groups, of>;
  constexpr bool of_keys = of == Of::keys;
  const int blocks = (s.tokens + L::rows - 1) / L::rows;
  const int64_t head = blockIdx.x / blocks;
  const int block = static_cast<int>(blockIdx.x % blocks);
  // With a causal mask early keys and late queries have more to do: they come first.
  const int first = (s.causal && !of_keys ? blocks - 1 - block : block) * L::rows;
  const int begin = s.causal && of_keys ? first : 0;
  const int end = s.causal && !of_keys ? min(s.tokens, first + L::rows) : s.tokens;
  const QueryStats* stats = call.stats + head * call.padded;

  const bf16* q = call.qkv + s.packed(head, 0);
  const bf16* k = call.qkv + s.packed(head, 1);
  const bf16* v = call.qkv + s.packed(head, 2);
  const bf16* grad = call.grad + s.plain(head);
  TileCopy<dim> side1(of_keys ? k : q, s.stride(), first);
  TileCopy<dim> side2(of_keys ? v : grad, of_keys ? s.stride() : s.width, first);
  TileCopy<dim> tile1(of_keys ? q : k, s.stride(), begin);
  TileCopy<dim> tile2(of_keys ? grad : v, of_keys ? s.width : s.stride(), begin);
  const auto copy_stage = [&](int from) {
    const int stage = L::stages + (from / tile_rows & 1) * L::stage_bytes;
    tile1.template start<tile_rows>(stage, end - from, s.head_dim, call.qkv);
    tile2.template start<tile_rows>(stage + L::tile_bytes, end - from, s.head_dim, call.qkv);
    if (of_keys && threadIdx.x < L::stats_bytes / 16)
      copy_async_16(dynamic_shared() + stage + 2 * L::tile_bytes + threadIdx.x * 16,
                    stats + from + threadIdx.x * (16 / sizeof(QueryStats)), true);
    copy_async_commit();
  };
  side1.template start<L::rows>(0, s.tokens - first, s.head_dim, call.qkv);
  side2.template start<L::rows>(L::side2, s.tokens - first, s.head_dim, call.qkv);
  copy_stage(begin);

  const int own = warp_index() * groups * 16;  // the warp's first row in the block
  const float scale = s.scale * log2_e;
  float sum[groups][dim / 8][4] = {}, sum_value[groups][dim / 8][4] = {};
  QueryStats row_stats[groups][2] = {};
  if constexpr (!of_keys)
#pragma unroll
    for (int i = 0; i < 2 * groups; i++) row_stats[i / 2][i % 2] = stats[first + own + i * 8 + c_row(0)];

  for (int from = begin; from < end; from += tile_rows) {
    copy_async_wait<0>();
    __syncthreads();  // the tile is there, and nobody reads the one before
    if (from + tile_rows < end) copy_stage(from + tile_rows);
    const int stage1 = L::stages + (from / tile_rows & 1) * L::stage_bytes;
    const int stage2 = stage1 + L::tile_bytes, tile_stats = stage2 + L::tile_bytes;
    const int to = from + tile_rows;
    const bool masked =
        to > s.tokens || (s.causal && (of_keys ? from < first + own + groups * 16 : to > first + own));
#pragma unroll 1
    for (int column = 0; column < tile_rows; column += L::span) {
      float weight[groups][L::span / 8][4];
      multiply<dim, groups, L::span>(0, own, stage1, column, weight);
#pragma unroll
      for (int n = 0; n < L::span / 8; n++)
#pragma unroll
        for (int g = 0; g < groups; g++) {
          const Known<of> known(tile_stats, column + n * 8, row_stats[g]);
#pragma unroll
          for (int e = 0; e < 4; e++) {
            weight[g][n][e] = exp2_fast(weight[g][n][e] * scale - known[e].logsumexp);
            if (masked &&
                !is_seen<of>(s, first + own + g * 16 + c_row(e), from + column + n * 8 + c_column(e)))
              weight[g][n][e] = 0;
          }
        }
      if constexpr (of_keys) add_weighted<dim, groups, L::span>(weight, stage2, column, sum_value);
      float slope[groups][L::span / 8][4];
      multiply<dim, groups, L::span>(L::side2, own, stage2, column, slope);
#pragma unroll
      for (int n = 0; n < L::span / 8; n++)
#pragma unroll
        for (int g = 0; g < groups; g++) {
          const Known<of> known(tile_stats, column + n * 8, row_stats[g]);
#pragma unroll
          for (int e = 0; e < 4; e++) slope[g][n][e] = weight[g][n][e] * (slope[g][n][e] - known[e].slope);
        }
      add_weighted<dim, groups, L::span>(slope, stage1, column, sum);
    }
  }

  const RowsTarget target{call.grad_qkv, s.packed(head, of_keys ? 1 : 0), s.stride(), s.tokens, s.head_dim,
                          call.pairs};
  const RowsTarget value_target{call.grad_qkv, s.packed(head, 2), s.stride(),
                                s.tokens,      s.head_dim,        call.pairs};
#pragma unroll
  for (int g = 0; g < groups; g++) {
    const int row = first + own + g * 16;
    store_rows<dim>(target, row, sum[g], s.scale, s.scale);
    if constexpr (of_keys) store_rows<dim>(value_target, row, sum_value[g], 1, 1);
  }
}

template <int dim, int groups, Of of>
void run(const Heads& s, const GradientCall& call, Gpu& gpu) {
  using L = Layout<dim, groups, of>;
  const int64_t blocks = s.count * ceil_div(s.tokens, L::rows);
  launch(gpu, differentiate_tiles<dim, groups, of>, dim3{static_cast<unsigned>(blocks), 1, 1}, tile_threads,
         L::shared_bytes, s, call);
}

template <int dim, int groups>
void run_both(const Heads& s, const GradientCall& call, Gpu& gpu) {
  run<dim, groups, Of::keys>(s, call, gpu);
  run<dim, groups, Of::queries>(s, call, gpu);
}

}  // namespace

void attention_backward_tiles(const AttentionBackward& p, Gpu& gpu) {
  const Heads s(p.shape);
  const int padded = static_cast<int>(ceil_div(s.tokens, 128) * 128);  // whole blocks of rows
  auto* stats = gpu.scratch<QueryStats>(s.count * padded);
  const bool copies = p.grad.dtype != DType::bf16 || !suits_vectors(p.grad, s);
  bf16* copy = copies ? gpu.scratch<bf16>(s.count * s.tokens * s.head_dim) : nullptr;
  gather_stats(p, gpu, log2_e, padded, stats, copy);
  const GradientCall call{static_cast<const bf16*>(p.qkv.data),
                          copies ? copy : static_cast<const bf16*>(p.grad.data),
                          stats,
                          padded,
                          p.grad_qkv,
                          suits_pairs(p.grad_qkv)};
  const bool wide = s.tokens > 64 && s.count * ceil_div(s.tokens, 128) >= 2 * gpu.multiprocessors;
  switch (tile_dim_of(s.head_dim)) {
    case 32:
      return run_both<32, 1>(s, call, gpu);
    case 64:
      return wide ? run_both<64, 2>(s, call, gpu) : run_both<64, 1>(s, call, gpu);
    default:
      return run_both<80, 1>(s, call, gpu);
  }
}

}  // namespace msta::cuda
