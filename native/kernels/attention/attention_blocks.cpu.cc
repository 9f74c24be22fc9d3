#include "attention_head.cpu.h"
#include "attention_products.cpu.h"

// Keys and values of a head are packed into GEMM panels once and serve all its queries. A block of queries
// meets a block of keys at a time, whose scores stay in the first-level cache; the maximum, the sum and the
// output so far are rescaled from block to block.
namespace msta::MSTA_ISA {

namespace {

constexpr int64_t query_block = 2 * tile_rows;
constexpr int64_t key_block = 8 * panel_width;

// Sizes of one head, and of a thread's work on a block of queries. E: float or bf16, the type of the factors.
template <class E>
struct Blocks {
  int64_t depth, width, panels, key_size, value_size;
  explicit Blocks(const AttentionShape& s)
      : depth(round_up(s.head_dim, 2)),
        width(round_up(s.head_dim, panel_width)),
        panels(round_up(s.tokens, panel_width) / panel_width),
        key_size(panels * panel_size(s.head_dim)),
        value_size(width / panel_width * panel_size(s.tokens)) {}
  int64_t floats() const { return round_up(query_block * (key_block + width), 16); }
  int64_t factors() const { return round_up(query_block * (depth + key_block), 32); }
};

// The softmax of a block of queries up to the block of keys before. The lanes of a total are parts of it.
struct Running {
  float top[query_block];  // of score * factor
  float change[query_block];
  vf total[query_block], rounded_total[query_block];
};

// The new top of a row, and what the sums so far must be multiplied with.
inline void raise_top(const float* scores, int64_t count, float factor, float& top, float& change) {
  vf best0 = splat(lowest), best1 = best0;
  for (int64_t j = 0; j < count; j += panel_width) {
    best0 = max(best0, load(scores + j));
    best1 = max(best1, load(scores + j + lanes));
  }
  const float best = max_lane(max(best0, best1)) * factor, before = top;
  top = best > before ? best : before;
  change = exp2(splat(before - top))[0];
}

// weights = e^(score - top)
template <class E>
inline void soften(const float* scores, E* weights, int64_t count, float factor, float top, float change,
                   vf& total, vf& rounded_total) {
  vf all = total * change, rounded = rounded_total * change;
  for (int64_t j = 0; j < count; j += panel_width) {
    const vf e0 = exp2(load(scores + j) * factor - top), e1 = exp2(load(scores + j + lanes) * factor - top);
    all += e0 + e1;
    rounded = store_factors(weights + j, e0, e1, rounded);
  }
  total = all;
  rounded_total = rounded;
}

template <class E>
void attend_rows(const AttentionForward& p, const AttentionHead& head, int64_t first, int64_t rows,
                 const E* keys, const E* values, float* floats, E* factors) {
  const AttentionShape& s = p.shape;
  const Blocks<E> sizes(s);
  float *scores = floats, *sums = floats + query_block * key_block;
  E *q = factors, *weights = factors + query_block * sizes.depth;
  if constexpr (sizeof(E) == sizeof(float)) weights = scores;
  copy_rows(head.part(p.qkv, 0), first, rows, s.head_dim, q, sizes.depth);
  const float factor = score_scale(s) * log2_of_e;
  const int64_t visible = s.causal ? first + rows : s.tokens;
  Running running;
  for (int64_t r = 0; r < rows; r++) {
    running.top[r] = lowest;
    running.total[r] = running.rounded_total[r] = vf{};
  }
  for (int64_t key = 0; key < visible; key += key_block) {
    const int64_t count = smaller(key_block, visible - key), end = round_up(count, panel_width);
    for (int64_t j = 0; j < end; j += panel_width)
      multiply_rows(rows, s.head_dim, q, sizes.depth, keys + (key + j) / panel_width * panel_size(s.head_dim),
                    scores + j, key_block, false);
    for (int64_t r = 0; r < rows; r++) {
      float* row = scores + r * key_block;
      const int64_t seen = s.causal ? larger(0, smaller(first + r + 1 - key, count)) : count;
      for (int64_t j = seen; j < end; j++) row[j] = lowest;
      raise_top(row, end, factor, running.top[r], running.change[r]);
    }
    for (int64_t r = 0; r < rows; r++) {
      soften(scores + r * key_block, weights + r * key_block, end, factor, running.top[r], running.change[r],
             running.total[r], running.rounded_total[r]);
      for (int64_t d = 0; key > 0 && d < sizes.width; d += lanes)
        store(sums + r * sizes.width + d, load(sums + r * sizes.width + d) * running.change[r]);
    }
    for (int64_t d = 0; d < sizes.width; d += panel_width)
      multiply_rows(rows, count, weights, key_block,
                    values + d / panel_width * panel_size(s.tokens) + key * panel_width, sums + d,
                    sizes.width, key > 0);
  }
  MSTA_FOR_DTYPE(p.out.dtype, T, {
    Matrix out = head.rows(p.out);
    for (int64_t r = 0; r < rows; r++) {
      const float inverse = 1.f / sum(running.rounded_total[r]);
      const float* from = sums + r * sizes.width;
      T* to = row_of<T>(out, first + r);
      int64_t d = 0;
      for (; d + lanes <= s.head_dim; d += lanes) store(to + d, load(from + d) * inverse);
      for (; d < s.head_dim; d++) put(to + d, from[d] * inverse);
    }
  })
  if (p.logsumexp)
    for (int64_t r = 0; r < rows; r++)
      p.logsumexp[head.statistics() + first + r] =
          running.top[r] * ln_of_2 + __builtin_logf(sum(running.total[r]));
}

template <class E>
void attend(const AttentionForward& p, KernelContext& context) {
  const AttentionShape& s = p.shape;
  const Blocks<E> sizes(s);
  const int64_t heads = s.batch * s.heads;
  float* floats = context.scratch<float>(sizes.floats() * context.thread_count);
  E* factors = context.scratch<E>(sizes.factors() * context.thread_count);
  // Heads are packed a group at a time, so that the packed keys and values stay small and recent.
  const int64_t group = smaller(heads, larger(s.heads, 8 * context.thread_count));
  E* keys = context.scratch<E>(group * sizes.key_size);
  E* values = context.scratch<E>(group * sizes.value_size);
  const int64_t blocks = (s.tokens + query_block - 1) / query_block;
  for (int64_t start = 0; start < heads; start += group) {
    const int64_t count = smaller(group, heads - start);
    context.parallel_for(count, [&](int64_t i, int) {
      const AttentionHead head(s, start + i);
      pack_transposed(head.part(p.qkv, 1), s.tokens, s.head_dim, keys + i * sizes.key_size);
      pack_panels(head.part(p.qkv, 2), s.tokens, s.head_dim, values + i * sizes.value_size);
    });
    context.parallel_for(count * blocks, [&](int64_t task, int thread) {
      const int64_t i = task / blocks, first = task % blocks * query_block;
      attend_rows(p, AttentionHead(s, start + i), first, smaller(query_block, s.tokens - first),
                  keys + i * sizes.key_size, values + i * sizes.value_size, floats + thread * sizes.floats(),
                  factors + thread * sizes.factors());
    });
  }
}

}  // namespace

void attend_in_blocks(const AttentionForward& p, KernelContext& context) {
  if (multiplies_bf16 && p.qkv.dtype == DType::bf16)
    attend<bf16>(p, context);
  else
    attend<float>(p, context);
}

}  // namespace msta::MSTA_ISA
