#include "../../cuda/bf16.h"
#include "../../cuda/gpu_stream.h"
#include "../../cuda/ptx.h"
#include "attention_tiles.cuda.h"

// Attention on tensor cores in the manner of FlashAttention-2: a warp keeps 16 or 32 queries and their
// results in registers and passes over tiles of keys and values; the next tile is copied meanwhile.
namespace msta::cuda {

namespace {

// A warp's part of a block: `groups` times 16 queries.
template <int dim, int groups>
struct Attend {
  using T = Tile<dim>;
  static constexpr int queries = groups * 16 * tile_warps;
  static constexpr int steps = dim / 16, key_groups = tile_rows / 8;
  static constexpr int stage_bytes = 2 * T::bytes(tile_rows);
  static constexpr int shared_bytes = T::bytes(queries) + 2 * stage_bytes;

  uint32_t query[groups][steps][4];
  float result[groups][dim / 8][4] = {};
  float top[groups][2], total[groups][2] = {};  // of rows c_row(0) and c_row(2)

  __device__ __forceinline__ void score_keys(int keys, float (&score)[groups][key_groups][4]) const {
#pragma unroll
    for (int g = 0; g < groups; g++)
#pragma unroll
      for (int n = 0; n < key_groups; n++)
#pragma unroll
        for (int e = 0; e < 4; e++) score[g][n][e] = 0;
#pragma unroll
    for (int step = 0; step < steps; step++)
#pragma unroll
      for (int n = 0; n < key_groups; n += 2) {
        uint32_t b[4];
        load_b_transposed<dim>(b, keys, n * 8, step);
#pragma unroll
        for (int g = 0; g < groups; g++) {
          mma_bf16(score[g][n], query[g][step], b[0], b[1]);
          mma_bf16(score[g][n + 1], query[g][step], b[2], b[3]);
        }
      }
  }

  // Hides keys from `keys` on, and with `causal` those behind the query.
  __device__ __forceinline__ void mask(int first_query, int first_key, int keys, bool causal,
                                       float (&score)[groups][key_groups][4]) const {
#pragma unroll
    for (int g = 0; g < groups; g++)
#pragma unroll
      for (int n = 0; n < key_groups; n++)
#pragma unroll
        for (int e = 0; e < 4; e++) {
          const int key = first_key + n * 8 + c_column(e), query_row = first_query + g * 16 + c_row(e);
          if (key >= keys || (causal && key > query_row)) score[g][n][e] = -INFINITY;
        }
  }

  // Turns a group's scores into weights relative to the highest score so far; `scale` is log2(e) / sqrt(d).
  __device__ __forceinline__ void weigh(int g, float scale, float (&score)[key_groups][4]) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      float above = top[g][half];
#pragma unroll
      for (int n = 0; n < key_groups; n++)
        above = fmaxf(above, fmaxf(score[n][2 * half], score[n][2 * half + 1]));
      above = fmaxf(above, __shfl_xor_sync(0xffffffffu, above, 1));
      above = fmaxf(above, __shfl_xor_sync(0xffffffffu, above, 2));
      const float base = above == -INFINITY ? 0 : above * scale;
      const float factor = exp2_fast(top[g][half] * scale - base);
      top[g][half] = above;
      total[g][half] *= factor;
#pragma unroll
      for (int n = 0; n < dim / 8; n++)
        result[g][n][2 * half] *= factor, result[g][n][2 * half + 1] *= factor;
#pragma unroll
      for (int n = 0; n < key_groups; n++)
#pragma unroll
        for (int e = 2 * half; e < 2 * half + 2; e++) {
          score[n][e] = exp2_fast(score[n][e] * scale - base);
          total[g][half] += score[n][e];
        }
    }
  }

  __device__ __forceinline__ void add_values(int values, const float (&weight)[groups][key_groups][4]) {
#pragma unroll
    for (int k = 0; k < tile_rows / 16; k++) {
      uint32_t a[groups][4];
#pragma unroll
      for (int g = 0; g < groups; g++) round_to_a(a[g], weight[g][2 * k], weight[g][2 * k + 1]);
#pragma unroll
      for (int n = 0; n < dim / 16; n++) {
        uint32_t b[4];
        load_b<dim>(b, values, k * 16, n);
#pragma unroll
        for (int g = 0; g < groups; g++) {
          mma_bf16(result[g][2 * n], a[g], b[0], b[1]);
          mma_bf16(result[g][2 * n + 1], a[g], b[2], b[3]);
        }
      }
    }
  }
};

template <int dim, int groups>
__global__ void __launch_bounds__(tile_threads)
    attend_tiles(const Heads s, const bf16* qkv, const Operand out, float* logsumexp, bool pairs) {
  using A = Attend<dim, groups>;
  const int blocks = (s.tokens + A::queries - 1) / A::queries;
  const int64_t head = blockIdx.x / blocks;
  const int block = static_cast<int>(blockIdx.x % blocks);
  // With a causal mask later queries have more to do: they come first.
  const int first = (s.causal ? blocks - 1 - block : block) * A::queries;
  const int keys = s.causal ? min(s.tokens, first + A::queries) : s.tokens;
  TileCopy<dim> queries(qkv + s.packed(head, 0), s.stride(), first);
  TileCopy<dim> key_rows(qkv + s.packed(head, 1), s.stride(), 0);
  TileCopy<dim> value_rows(qkv + s.packed(head, 2), s.stride(), 0);
  // In shared memory: the queries, then two stages of keys and values.
  constexpr int stages = Tile<dim>::bytes(A::queries);

  const auto copy_stage = [&](int tile) {
    const int stage = stages + (tile & 1) * A::stage_bytes;
    const int rest = keys - tile * tile_rows;
    key_rows.template start<tile_rows>(stage, rest, s.head_dim, qkv);
    value_rows.template start<tile_rows>(stage + A::stage_bytes / 2, rest, s.head_dim, qkv);
    copy_async_commit();
  };
  queries.template start<A::queries>(0, s.tokens - first, s.head_dim, qkv);
  copy_stage(0);

  A attend;
  const int own = warp_index() * groups * 16;  // the warp's first query in the block
  const float scale = s.scale * log2_e;
#pragma unroll
  for (int g = 0; g < groups; g++) attend.top[g][0] = attend.top[g][1] = -INFINITY;
  for (int tile = 0; tile * tile_rows < keys; tile++) {
    copy_async_wait<0>();
    __syncthreads();  // the tile is there, and nobody reads the one before
    if ((tile + 1) * tile_rows < keys) copy_stage(tile + 1);
    const int stage = stages + (tile & 1) * A::stage_bytes;
    if (tile == 0)
#pragma unroll
      for (int g = 0; g < groups; g++)
#pragma unroll
        for (int step = 0; step < A::steps; step++) load_a<dim>(attend.query[g][step], 0, own, g * 16, step);
    float score[groups][A::key_groups][4];
    attend.score_keys(stage, score);
    const int last = (tile + 1) * tile_rows;
    if (last > keys || (s.causal && last > first + own))
      attend.mask(first + own, tile * tile_rows, keys, s.causal, score);
#pragma unroll
    for (int g = 0; g < groups; g++) attend.weigh(g, scale, score[g]);
    attend.add_values(stage + A::stage_bytes / 2, score);
  }

  const RowsTarget target{out, s.plain(head), s.width, s.tokens, s.head_dim, pairs};
#pragma unroll
  for (int g = 0; g < groups; g++) {
    float inverse[2];
#pragma unroll
    for (int half = 0; half < 2; half++) {
      float total = attend.total[g][half];
      total += __shfl_xor_sync(0xffffffffu, total, 1);
      total += __shfl_xor_sync(0xffffffffu, total, 2);
      inverse[half] = 1 / total;
      const int query = first + own + g * 16 + c_row(2 * half);
      if (logsumexp && query < s.tokens && c_column(0) == 0)
        logsumexp[head * s.tokens + query] = attend.top[g][half] * s.scale + logf(total);
    }
    store_rows<dim>(target, first + own + g * 16, attend.result[g], inverse[0], inverse[1]);
  }
}

template <int dim, int groups>
void run(const AttentionForward& p, const Heads& s, Gpu& gpu) {
  using A = Attend<dim, groups>;
  const int64_t blocks = s.count * ceil_div(s.tokens, A::queries);
  launch(gpu, attend_tiles<dim, groups>, dim3{static_cast<unsigned>(blocks), 1, 1}, tile_threads,
         A::shared_bytes, s, static_cast<const bf16*>(p.qkv.data), p.out, p.logsumexp, suits_pairs(p.out));
}

}  // namespace

void attention_forward_tiles(const AttentionForward& p, Gpu& gpu) {
  const Heads s(p.shape);
  const bool wide = s.tokens > 64 && s.count * ceil_div(s.tokens, 128) >= 2 * gpu.multiprocessors;
  switch (tile_dim_of(s.head_dim)) {
    case 32:
      return run<32, 1>(p, s, gpu);
    case 64:
      return wide ? run<64, 2>(p, s, gpu) : run<64, 1>(p, s, gpu);
    default:
      return run<80, 1>(p, s, gpu);
  }
}

}  // namespace msta::cuda
