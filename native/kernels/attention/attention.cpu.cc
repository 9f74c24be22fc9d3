#include "attention.h"

#include "../../cpu/gemm.h"
#include "../../cpu/kernels.h"

// A block of queries at a time: scores of tile_rows x tokens stay in cache, softmax, product with v. Keys and
// values of a head are packed into GEMM panels once and serve all its queries.
namespace msta::MSTA_ISA {

namespace {

constexpr float lowest = -3.0e38f;

struct Head {
  const AttentionShape& shape;
  int64_t padded_tokens, padded_dim;
  int64_t panels() const { return padded_tokens / panel_width; }
  int64_t key_size() const { return padded_tokens * shape.head_dim; }  // k^T in panels of keys
  int64_t value_size() const { return padded_dim * shape.tokens; }     // v in panels of features
  explicit Head(const AttentionShape& s)
      : shape(s),
        padded_tokens(round_up(s.tokens, panel_width)),
        padded_dim(round_up(s.head_dim, panel_width)) {}

  // Part 0, 1, 2: q, k, v of one head as a [tokens, head_dim] matrix.
  Matrix part(const Operand& qkv, int64_t batch, int64_t head, int part) const {
    const int64_t stride = 3 * shape.width();
    const int64_t offset = batch * shape.tokens * stride + part * shape.width() + head * shape.head_dim;
    const char* base = static_cast<const char*>(qkv.data) + offset * dtype_size(qkv.dtype);
    return {base, qkv.dtype, stride, 1};
  }
  // One head of a [queries, width] matrix.
  Matrix row_part(const Operand& x, int64_t batch, int64_t head) const {
    const int64_t offset = batch * shape.queries() * shape.width() + head * shape.head_dim;
    return {static_cast<const char*>(x.data) + offset * dtype_size(x.dtype), x.dtype, shape.width(), 1};
  }
};

// rows of m, times scale, as contiguous float32.
void copy_rows(const Matrix& m, int64_t first, int64_t rows, int64_t columns, float scale, float* out) {
  MSTA_FOR_DTYPE(m.dtype, T, {
    for (int64_t r = 0; r < rows; r++) {
      const T* row = static_cast<const T*>(m.data) + (first + r) * m.row_stride;
      for (int64_t j = 0; j < columns; j++) out[r * columns + j] = to_float(row[j]) * scale;
    }
  })
}

void pack_all(const Matrix& b, int64_t depth, int64_t columns, float* packed) {
  for (int64_t n = 0; n < columns; n += panel_width) pack_panel(b, depth, columns, n, packed + n * depth);
}

// Keys that a block of queries ending before `last` may see.
int64_t visible_keys(const AttentionShape& shape, int64_t last) {
  if (shape.first_query_only) return shape.causal ? smaller(1, shape.tokens) : shape.tokens;
  return shape.causal ? last : shape.tokens;
}

// scores[r][j] = q_r . k_j for all visible keys, `lowest` for the others up to the panel's end.
void score_rows(const Head& head, int64_t first, int64_t rows, const float* q, const float* keys,
                float* scores) {
  const AttentionShape& s = head.shape;
  const int64_t visible = visible_keys(s, first + rows), end = round_up(visible, panel_width);
  for (int64_t j = 0; j < end; j += panel_width)
    multiply_tile(rows, s.head_dim, q, s.head_dim, 1, keys + j * s.head_dim, scores + j, head.padded_tokens,
                  false);
  for (int64_t r = 0; r < rows; r++)
    for (int64_t j = s.causal ? smaller(first + r + 1, visible) : visible; j < end; j++)
      scores[r * head.padded_tokens + j] = lowest;
}

template <class T>
void attend_rows(const AttentionForward& p, const Head& head, int64_t b, int64_t h, int64_t first,
                 int64_t rows, const float* keys, const float* values, float* work) {
  const AttentionShape& s = head.shape;
  float* q = work;
  float* out = q + tile_rows * s.head_dim;
  float* scores = out + tile_rows * head.padded_dim;
  copy_rows(head.part(p.qkv, b, h, 0), first, rows, s.head_dim,
            1.f / __builtin_sqrtf(static_cast<float>(s.head_dim)), q);
  score_rows(head, first, rows, q, keys, scores);
  const int64_t visible = visible_keys(s, first + rows), end = round_up(visible, panel_width);
  float inverse[tile_rows];
  for (int64_t r = 0; r < rows; r++) {
    float* row = scores + r * head.padded_tokens;
    vf best = splat(lowest), total{};
    for (int64_t j = 0; j < end; j += lanes) best = max(best, load(row + j));
    const float top = max_lane(best);
    for (int64_t j = 0; j < end; j += lanes) {
      const vf e = exp(load(row + j) - top);
      store(row + j, e);
      total += e;
    }
    const float denominator = sum(total);
    inverse[r] = 1.f / denominator;
    if (p.logsumexp)
      p.logsumexp[(b * s.heads + h) * s.queries() + first + r] = top + __builtin_logf(denominator);
  }
  for (int64_t d = 0; d < head.padded_dim; d += panel_width)
    multiply_tile(rows, visible, scores, head.padded_tokens, 1, values + d * s.tokens, out + d,
                  head.padded_dim, false);
  T* target = static_cast<T*>(p.out.data) + (b * s.queries() + first) * s.width() + h * s.head_dim;
  for (int64_t r = 0; r < rows; r++)
    for (int64_t d = 0; d < s.head_dim; d++)
      put(target + r * s.width() + d, out[r * head.padded_dim + d] * inverse[r]);
}

}  // namespace

void attention_forward(const KernelArgs& args, KernelContext& context) {
  const AttentionForward p(args);
  const AttentionShape& s = p.shape;
  const Head head(s);
  if (s.batch * s.heads * s.tokens * s.head_dim == 0) return;
  const int64_t work_size = round_up(tile_rows * (s.head_dim + head.padded_dim + head.padded_tokens), 16);
  float* work = context.scratch<float>(work_size * context.thread_count);
  // Heads are packed a group at a time, so that the packed keys and values stay small and recent.
  const int64_t group = smaller(s.batch * s.heads, larger(s.heads, 8 * context.thread_count));
  float* keys = context.scratch<float>(group * head.key_size());
  float* values = context.scratch<float>(group * head.value_size());
  const int64_t blocks = (s.queries() + tile_rows - 1) / tile_rows;
  for (int64_t start = 0; start < s.batch * s.heads; start += group) {
    const int64_t count = smaller(group, s.batch * s.heads - start);
    context.parallel_for(count, [&](int64_t i, int) {
      const int64_t b = (start + i) / s.heads, h = (start + i) % s.heads;
      pack_all(transposed(head.part(p.qkv, b, h, 1)), s.head_dim, s.tokens, keys + i * head.key_size());
      pack_all(head.part(p.qkv, b, h, 2), s.tokens, s.head_dim, values + i * head.value_size());
    });
    context.parallel_for(count * blocks, [&](int64_t task, int thread) {
      const int64_t i = task / blocks, first = task % blocks * tile_rows;
      const int64_t rows = smaller(tile_rows, s.queries() - first);
      MSTA_FOR_DTYPE(p.out.dtype, T, {
        attend_rows<T>(p, head, (start + i) / s.heads, (start + i) % s.heads, first, rows,
                       keys + i * head.key_size(), values + i * head.value_size(), work + thread * work_size);
      })
    });
  }
}

// For each block of queries: p = exp(s - logsumexp), dp = grad v^T, ds = p (dp - rowsum(grad * out)); then
// dq = ds k, dk += ds^T q, dv += p^T grad. One thread does a whole head, so sums have a fixed order.
void attention_backward(const KernelArgs& args, KernelContext& context) {
  const AttentionBackward p(args);
  const AttentionShape& s = p.shape;
  const Head head(s);
  if (s.batch * s.heads * s.tokens * s.head_dim == 0) return;
  constexpr int64_t block = 2 * tile_rows;
  const int64_t dim = s.head_dim, width = s.width(), stride = head.padded_tokens, wide = head.padded_dim;
  const float scale = 1.f / __builtin_sqrtf(static_cast<float>(dim));
  // Per thread: packed k^T, v^T, k; q, grad and their panels; p, ds; dq, dk, dv.
  const int64_t sizes[] = {stride * dim,   stride * dim, wide * s.tokens, block * dim,
                           block * dim,    wide * block, wide * block,    block * stride,
                           block * stride, block * wide, s.tokens * wide, s.tokens * wide};
  int64_t total = 0;
  for (const int64_t size : sizes) total += round_up(size, 16);
  float* scratch = context.scratch<float>(total * context.thread_count);

  context.parallel_for(s.batch * s.heads, [&](int64_t index, int thread) {
    const int64_t b = index / s.heads, h = index % s.heads;
    float* at[12];
    float* next = scratch + thread * total;
    for (int i = 0; i < 12; i++) {
      at[i] = next;
      next += round_up(sizes[i], 16);
    }
    float *keys = at[0], *values = at[1], *key_rows = at[2], *q = at[3], *grad = at[4], *q_panels = at[5];
    float *grad_panels = at[6], *prob = at[7], *ds = at[8], *dq = at[9], *dk = at[10], *dv = at[11];
    pack_all(transposed(head.part(p.qkv, b, h, 1)), dim, s.tokens, keys);
    pack_all(transposed(head.part(p.qkv, b, h, 2)), dim, s.tokens, values);
    pack_all(head.part(p.qkv, b, h, 1), s.tokens, dim, key_rows);
    for (int64_t i = 0; i < s.tokens * wide; i++) dk[i] = dv[i] = 0;
    const Matrix grad_rows = head.row_part(p.grad, b, h), out_rows = head.row_part(p.out, b, h);

    for (int64_t first = 0; first < s.queries(); first += block) {
      const int64_t rows = smaller(block, s.queries() - first), visible = visible_keys(s, first + rows);
      const int64_t end = round_up(visible, panel_width);
      copy_rows(head.part(p.qkv, b, h, 0), first, rows, dim, scale, q);
      copy_rows(out_rows, first, rows, dim, 1, grad);  // out for a moment, for delta
      float delta[block];
      for (int64_t r = 0; r < rows; r++) {
        delta[r] = 0;
        MSTA_FOR_DTYPE(grad_rows.dtype, G, {
          const G* g = static_cast<const G*>(grad_rows.data) + (first + r) * width;
          for (int64_t d = 0; d < dim; d++) {
            const float value = to_float(g[d]);
            delta[r] += value * grad[r * dim + d];
            grad[r * dim + d] = value;
          }
        })
      }
      score_rows(head, first, rows, q, keys, prob);
      for (int64_t j = 0; j < end; j += panel_width)
        multiply_tile(rows, dim, grad, dim, 1, values + j * dim, ds + j, stride, false);
      for (int64_t r = 0; r < rows; r++) {
        const float lse = p.logsumexp[(b * s.heads + h) * s.queries() + first + r];
        for (int64_t j = 0; j < end; j += lanes) {
          const vf e = exp(load(prob + r * stride + j) - lse);
          store(prob + r * stride + j, e);
          store(ds + r * stride + j, e * (load(ds + r * stride + j) - delta[r]));
        }
      }
      pack_all({q, DType::f32, dim, 1}, rows, dim, q_panels);
      pack_all({grad, DType::f32, dim, 1}, rows, dim, grad_panels);
      for (int64_t d = 0; d < wide; d += panel_width) {
        multiply_tile(rows, visible, ds, stride, 1, key_rows + d * s.tokens, dq + d, wide, false);
        multiply_tile(visible, rows, ds, 1, stride, q_panels + d * rows, dk + d, wide, true);
        multiply_tile(visible, rows, prob, 1, stride, grad_panels + d * rows, dv + d, wide, true);
      }
      MSTA_FOR_DTYPE(p.grad_qkv.dtype, T, {
        T* target = static_cast<T*>(p.grad_qkv.data) + (b * s.tokens + first) * 3 * width + h * dim;
        for (int64_t r = 0; r < rows; r++)
          for (int64_t d = 0; d < dim; d++) put(target + r * 3 * width + d, dq[r * wide + d] * scale);
      })
    }
    MSTA_FOR_DTYPE(p.grad_qkv.dtype, T, {
      T* base = static_cast<T*>(p.grad_qkv.data) + b * s.tokens * 3 * width + h * dim;
      for (int64_t r = 0; r < s.tokens; r++)
        for (int64_t d = 0; d < dim; d++) {
          if (r >= s.queries()) put(base + r * 3 * width + d, 0.f);
          put(base + r * 3 * width + width + d, dk[r * wide + d]);
          put(base + r * 3 * width + 2 * width + d, dv[r * wide + d]);
        }
    })
  });
}

}  // namespace msta::MSTA_ISA
