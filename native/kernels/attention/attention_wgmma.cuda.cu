#include <algorithm>

#include "../../cuda/bf16.h"
#include "../../cuda/gpu_stream.h"
#include "../../cuda/hopper_host.h"
#include "attention_tiles.cuda.h"
#include "attention_wgmma.cuda.h"

// Attention on Hopper's tensor cores in the manner of FlashAttention-3: one warp of a block has the copy
// engine bring queries, and a ring of tiles of keys and of values, to shared memory; three warpgroups keep 64
// queries each and work out the weights of a tile while the products of the tile before are under way. Blocks
// stay and take query after query, so that the next ones come while results are being stored.
namespace msta::cuda {

namespace {

constexpr int wgmma_dim = 64;
constexpr int group_queries = 64, warpgroup = 128, consumers = 3, block_queries = consumers * group_queries;
constexpr int threads = warpgroup * (1 + consumers);
constexpr int tile_keys = 128, stages = 2;
// In shared memory a row of a head is a line, swizzled; boxes of lines are what is copied.
constexpr int line_bytes = wgmma_dim * 2, box_rows = 64, box_bytes = box_rows * line_bytes;
constexpr int tile_bytes = tile_keys * line_bytes;
constexpr int shared_bytes = consumers * (box_bytes + 2 * 8) + stages * 2 * (tile_bytes + 2 * 8);
static_assert(box_rows == group_queries && tile_keys % box_rows == 0 && line_bytes == 128);

struct WgmmaAttention {
  TensorMap qkv;  // [batch, tokens, 3 * width]
  Heads s;
  Operand out;
  float* logsumexp;
  bool pairs;
  int blocks, work;  // blocks of queries of a head, and of all heads
};

#ifdef MSTA_HOPPER

// Barriers of things that are copied: they are `ready`, and then `free` again.
struct Barriers {
  uint64_t *ready, *free;
};

// What a block's threads share.
struct Shared {
  unsigned char* queries = dynamic_shared();  // of each warpgroup
  unsigned char* keys = queries + consumers * box_bytes;
  unsigned char* values = keys + stages * tile_bytes;
  uint64_t* barriers = reinterpret_cast<uint64_t*>(values + stages * tile_bytes);
  Barriers of_queries{barriers, barriers + consumers};
  Barriers of_keys{barriers + 2 * consumers, barriers + 2 * consumers + stages};
  Barriers of_values{of_keys.free + stages, of_keys.free + 2 * stages};
};

// A step of the ring: its stage, and the parity of the phase in which that is filled.
struct Slot {
  uint32_t step = 0;
  __device__ __forceinline__ int stage() const { return static_cast<int>(step % stages); }
  __device__ __forceinline__ uint32_t parity() const { return step / stages % 2; }
};
static_assert((stages & (stages - 1)) == 0);  // steps may wrap around

// Tiles of the keys that `rows` queries from `first` on see.
__device__ __forceinline__ int tiles_of(const Heads& s, int first, int rows) {
  if (first >= s.tokens) return 0;
  const int keys = s.causal ? min(s.tokens, first + rows) : s.tokens;
  return (keys + tile_keys - 1) / tile_keys;
}

// The queries that a block works on at a time.
struct Work {
  int head, first, tiles;

  // With a causal mask later queries have more to do: they come first.
  __device__ __forceinline__ Work(const WgmmaAttention& p, int index) {
    const auto heads = static_cast<int>(p.s.count);
    head = p.s.causal ? index % heads : index / p.blocks;
    first = (p.s.causal ? p.blocks - 1 - index / heads : index % p.blocks) * block_queries;
    tiles = tiles_of(p.s, first, block_queries);
  }
};

// Starts copying `rows` rows from `row` on, of a sequence's columns from `column` on, when the place is free.
template <int rows>
__device__ __forceinline__ void fill(const TensorMap& map, unsigned char* shared, const Barriers& barriers,
                                     int place, uint32_t parity, int column, int row, int sequence) {
  mbarrier_wait(barriers.free + place, parity ^ 1);
  mbarrier_arrive_and_expect(barriers.ready + place, rows * line_bytes);
#pragma unroll
  for (int i = 0; i < rows; i += box_rows)
    copy_box_async(shared + place * rows * line_bytes + i * line_bytes, map, column, row + i, sequence,
                   barriers.ready + place);
}

__device__ __forceinline__ void produce(const WgmmaAttention& p, const Shared& shared) {
  prefetch_tensor_map(p.qkv);
  const auto width = static_cast<int>(p.s.width);
  Slot slot;
  uint32_t parity = 0;
  for (int index = static_cast<int>(blockIdx.x); index < p.work;
       index += static_cast<int>(gridDim.x), parity ^= 1) {
    const Work work(p, index);
    const int sequence = work.head / p.s.heads;
    const int column = work.head % p.s.heads * wgmma_dim;
    for (int group = 0; group < consumers; group++)
      fill<group_queries>(p.qkv, shared.queries, shared.of_queries, group, parity, column,
                          work.first + group * group_queries, sequence);
#pragma unroll 1
    for (int tile = work.tiles - 1; tile >= 0; tile--, slot.step++) {
      const int row = tile * tile_keys;
      fill<tile_keys>(p.qkv, shared.keys, shared.of_keys, slot.stage(), slot.parity(), column + width, row,
                      sequence);
      fill<tile_keys>(p.qkv, shared.values, shared.of_values, slot.stage(), slot.parity(), column + 2 * width,
                      row, sequence);
    }
  }
}

__device__ __forceinline__ void wait_for(const Barriers& barriers, const Slot& slot) {
  mbarrier_wait(barriers.ready + slot.stage(), slot.parity());
}
// One lane speaks for its warp.
__device__ __forceinline__ void give_back(const Barriers& barriers, int place) {
  if (lane_index() == 0) mbarrier_arrive(barriers.free + place);
}

// A warpgroup's 64 queries. Of scores and results a thread has elements 4 n + e at c_row(e) of its warp's 16
// rows and column 8 n + c_column(e).
struct Attend {
  float result[wgmma_dim / 2] = {};
  uint32_t weight[tile_keys / 16][4];
  float top[2] = {-INFINITY, -INFINITY}, total[2] = {};  // of rows c_row(0) and c_row(2)

  __device__ __forceinline__ void start_scores(float (&score)[tile_keys / 2], const unsigned char* queries,
                                               const unsigned char* keys) {
    const uint64_t a = matrix_descriptor(queries, 0, 8 * line_bytes);
    const uint64_t b = matrix_descriptor(keys, 0, 8 * line_bytes);
#pragma unroll
    for (int k = 0; k < wgmma_dim / 16; k++)
      wgmma_bf16<tile_keys, true, true>(score, a + k * 2, b + k * 2, k > 0);
    wgmma_commit();
  }

  __device__ __forceinline__ void start_results(const unsigned char* values) {
    const uint64_t b = matrix_descriptor(values, 0, 8 * line_bytes);
#pragma unroll
    for (int k = 0; k < tile_keys / 16; k++)
      wgmma_bf16_of_registers<wgmma_dim, false>(result, weight[k], b + k * line_bytes);
    wgmma_commit();
  }

  // To be called before a fence that products with the weights follow, and when they have been waited for.
  __device__ __forceinline__ void pin() {
    pin_registers(result);
#pragma unroll
    for (int k = 0; k < tile_keys / 16; k++) pin_registers(weight[k]);
  }

  // Hides keys from `end` on of those in the tile: of the query in row c_row(0), and in row c_row(2).
  __device__ __forceinline__ void mask(float (&score)[tile_keys / 2], int upper_end, int lower_end) const {
#pragma unroll
    for (int i = 0; i < tile_keys / 2; i++) {
      const int key = i / 4 * 8 + i % 2;
      if (key >= (i % 4 < 2 ? upper_end : lower_end) - c_column(0)) score[i] = -INFINITY;
    }
  }

  // Turns scores into weights relative to the highest score so far, and gives the factors by which earlier
  // results shrink; `scale` is log2(e) / sqrt(d).
  __device__ __forceinline__ void weigh(float (&score)[tile_keys / 2], float scale, float (&factor)[2]) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      float above = top[half];
#pragma unroll
      for (int i = 2 * half; i < tile_keys / 2; i += 4) above = fmaxf(above, fmaxf(score[i], score[i + 1]));
      above = fmaxf(above, __shfl_xor_sync(0xffffffffu, above, 1));
      above = fmaxf(above, __shfl_xor_sync(0xffffffffu, above, 2));
      const float base = above == -INFINITY ? 0 : above * scale;
      factor[half] = exp2_fast(top[half] * scale - base);
      top[half] = above;
      total[half] *= factor[half];
#pragma unroll
      for (int i = 2 * half; i < tile_keys / 2; i += 4)
#pragma unroll
        for (int j = i; j < i + 2; j++) {
          score[j] = exp2_fast(score[j] * scale - base);
          total[half] += score[j];
        }
    }
  }

  __device__ __forceinline__ void keep_weights(const float (&score)[tile_keys / 2]) {
#pragma unroll
    for (int i = 0; i < tile_keys / 4; i++) weight[i / 4][i % 4] = pack_bf16(score[2 * i], score[2 * i + 1]);
  }

  __device__ __forceinline__ void shrink(const float (&factor)[2]) {
#pragma unroll
    for (int i = 0; i < wgmma_dim / 2; i++) result[i] *= factor[i / 2 % 2];
  }

  // The scores of the last tile, the only one with keys to hide: a warpgroup's queries are of one tile.
  __device__ __forceinline__ void mask_last(const Heads& s, int first, int tiles,
                                            float (&score)[tile_keys / 2]) const {
    static_assert(tile_keys % group_queries == 0);
    const int row = first + warp_index() % 4 * 16 + c_row(0), start = (tiles - 1) * tile_keys;
    const int upper_end = s.causal ? min(s.tokens, row + 1) : s.tokens;
    const int lower_end = s.causal ? min(s.tokens, row + 9) : s.tokens;
    mask(score, upper_end - start, lower_end - start);
  }

  // Queries from `first` on over `tiles` tiles, at least one, from the last to the first; leaves the slot
  // behind them.
  __device__ __forceinline__ void run(const Heads& s, const Shared& shared, int group, int first, int tiles,
                                      Slot& slot) {
    const float scale = s.scale * log2_e;
    const unsigned char* queries = shared.queries + group * box_bytes;
    float score[tile_keys / 2], factor[2];
    wait_for(shared.of_keys, slot);
    wgmma_fence();
    start_scores(score, queries, shared.keys + slot.stage() * tile_bytes);
    wgmma_wait<0>(score);
    give_back(shared.of_keys, slot.stage());
    mask_last(s, first, tiles, score);
    weigh(score, scale, factor);
    keep_weights(score);
#pragma unroll 1
    for (int left = tiles - 1; left > 0; left--) {
      const Slot before = slot;
      slot.step++;
      wait_for(shared.of_keys, slot);
      pin();
      wgmma_fence();
      start_scores(score, queries, shared.keys + slot.stage() * tile_bytes);
      wait_for(shared.of_values, before);
      wgmma_fence();  // the compiler wants one behind each loop
      start_results(shared.values + before.stage() * tile_bytes);
      wgmma_wait<1>(score);
      give_back(shared.of_keys, slot.stage());
      weigh(score, scale, factor);
      wgmma_wait<0>(result);
      pin();
      give_back(shared.of_values, before.stage());
      shrink(factor);
      keep_weights(score);
    }
    give_back(shared.of_queries, group);
    wait_for(shared.of_values, slot);
    pin();
    wgmma_fence();
    start_results(shared.values + slot.stage() * tile_bytes);
    wgmma_wait<0>(result);
    pin();
    give_back(shared.of_values, slot.stage());
    slot.step++;
  }

  // Stores a warp's 16 queries from `first` on.
  __device__ __forceinline__ void store(const WgmmaAttention& p, int head, int first) const {
    const Heads& s = p.s;
    float inverse[2], rows[wgmma_dim / 8][4];
#pragma unroll
    for (int half = 0; half < 2; half++) {
      float sum = total[half];
      sum += __shfl_xor_sync(0xffffffffu, sum, 1);
      sum += __shfl_xor_sync(0xffffffffu, sum, 2);
      inverse[half] = 1 / sum;
      const int query = first + c_row(2 * half);
      if (p.logsumexp && query < s.tokens && c_column(0) == 0)
        p.logsumexp[int64_t{head} * s.tokens + query] = top[half] * s.scale + logf(sum);
    }
#pragma unroll
    for (int i = 0; i < wgmma_dim / 2; i++) rows[i / 4][i % 4] = result[i];
    const int64_t sequence = head / s.heads, column = head % s.heads * wgmma_dim;
    const RowsTarget target{p.out,  sequence * s.tokens * s.width + column, s.width, s.tokens, s.head_dim,
                            p.pairs};
    store_rows<wgmma_dim>(target, first, rows, inverse[0], inverse[1]);
  }
};

// Gives back tiles that other warpgroups need.
__device__ __forceinline__ void skip(const Shared& shared, int tiles, Slot& slot) {
#pragma unroll 1
  for (int tile = 0; tile < tiles; tile++, slot.step++) {
    wait_for(shared.of_keys, slot);
    give_back(shared.of_keys, slot.stage());
    wait_for(shared.of_values, slot);
    give_back(shared.of_values, slot.stage());
  }
}

__device__ __forceinline__ void consume(const WgmmaAttention& p, const Shared& shared) {
  const int group = warp_index() / 4 - 1;
  Slot slot;
  uint32_t parity = 0;
  for (int index = static_cast<int>(blockIdx.x); index < p.work;
       index += static_cast<int>(gridDim.x), parity ^= 1) {
    const Work work(p, index);
    const int first = work.first + group * group_queries, tiles = tiles_of(p.s, first, group_queries);
    mbarrier_wait(shared.of_queries.ready + group, parity);
    skip(shared, work.tiles - tiles, slot);
    if (tiles == 0) {
      give_back(shared.of_queries, group);
    } else {
      Attend attend;
      attend.run(p.s, shared, group, first, tiles, slot);
      attend.store(p, work.head, first + warp_index() % 4 * 16);
    }
  }
}

#endif

__global__ void __launch_bounds__(threads, 1)
    attend_by_warpgroups([[maybe_unused]] const __grid_constant__ WgmmaAttention p) {
#ifdef MSTA_HOPPER
  const Shared shared;
  if (threadIdx.x == 0) {
    const auto init = [](const Barriers& barriers, int count, int users) {
      for (int i = 0; i < count; i++) {
        mbarrier_init(barriers.ready + i, 1);
        mbarrier_init(barriers.free + i, users);
      }
    };
    init(shared.of_queries, consumers, 4);
    init(shared.of_keys, stages, consumers * 4);
    init(shared.of_values, stages, consumers * 4);
    mbarrier_init_fence();
  }
  __syncthreads();
  // 128 registers a thread at the start are 32 and 160.
  if (threadIdx.x < warpgroup) {
    release_registers<32>();
    if (threadIdx.x < 32 && elect_one()) produce(p, shared);
  } else {
    claim_registers<160>();
    consume(p, shared);
  }
#endif
}

}  // namespace

// Places in a tensor and work are counted in 32 bits.
bool can_use_wgmma_attention(const AttentionForward& p, const Gpu& gpu) {
  const AttentionShape& s = p.shape;
  constexpr int64_t most = INT32_MAX / 2;
  return use_wgmma() && gpu.architecture == 90 && !s.first_query_only && s.head_dim == wgmma_dim &&
         p.qkv.dtype == DType::bf16 && suits_vectors(p.qkv, Heads(s)) && s.tokens < most &&
         3 * s.width() < most && s.batch * s.heads < most / ceil_div(s.tokens, block_queries);
}

void attention_forward_wgmma(const AttentionForward& p, Gpu& gpu) {
  const Heads s(p.shape);
  const int64_t stride = 3 * s.width, blocks = ceil_div(s.tokens, block_queries), work = blocks * s.count;
  const TensorMap qkv = tensor_map(
      {static_cast<const bf16*>(p.qkv.data), stride, s.tokens, stride, p.shape.batch, s.tokens * stride},
      box_rows, true);
  const auto grid = static_cast<unsigned>(std::min<int64_t>(work, gpu.multiprocessors));
  launch(gpu, attend_by_warpgroups, dim3{grid, 1, 1}, threads, shared_bytes,
         WgmmaAttention{qkv, s, p.out, p.logsumexp, suits_pairs(p.out), static_cast<int>(blocks),
                        static_cast<int>(work)});
}

}  // namespace msta::cuda
