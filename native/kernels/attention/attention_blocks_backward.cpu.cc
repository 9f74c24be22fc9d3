#include "attention_head.cpu.h"
#include "attention_products.cpu.h"

// p = exp(s - logsumexp), dp = grad v^T, ds = p (dp - rowsum(grad * out)); then dq = ds k, dk = ds^T q,
// dv = p^T grad. All of it is computed with keys as rows and queries as columns: so every product finds its
// left factor in rows. A block of keys at a time meets the blocks of queries; its dk and dv stay in cache, dq
// grows in place. One thread does a whole head, so sums have a fixed order.
namespace msta::MSTA_ISA {

namespace {

constexpr int64_t key_block = 8 * tile_rows;
constexpr int64_t query_block = 4 * panel_width;

// Hands out parts of a block of memory, or counts what they take.
class Parts {
 public:
  explicit Parts(char* base) : base_(base) {}
  template <class T>
  T* take(int64_t count) {
    T* part = base_ ? reinterpret_cast<T*>(base_ + used_) : nullptr;
    used_ += round_up(count * static_cast<int64_t>(sizeof(T)), 64);
    return part;
  }
  int64_t used() const { return used_; }

 private:
  char* base_;
  int64_t used_ = 0;
};

// One thread's memory. E: float or bf16, the type of the factors.
template <class E>
struct Work {
  int64_t depth, width, columns, panel;
  int64_t bytes;
  // Of the head: panels whose columns are queries (q^T, grad^T) and whose columns are features (q, grad).
  E *query_columns, *grad_columns, *query_rows, *grad_rows;
  float *shift, *along;  // of each query: logsumexp in powers of 2, and grad . out times the scale of scores
  float* dq;             // [width][columns], a column a query
  // Of a block of keys.
  E *keys, *values, *key_columns;  // [key_block][depth], [key_block][depth], [head_dim][key_block]
  float *dk, *dv;                  // [key_block][width]
  // Of a block of keys and a block of queries: [key_block][query_block], and ds in panels.
  float *scores, *grad_scores;
  E *prob, *ds, *ds_panels;

  Work(const AttentionShape& s, char* base)
      : depth(round_up(s.head_dim, 2)),
        width(round_up(s.head_dim, panel_width)),
        columns(round_up(s.tokens, panel_width)),
        panel(panel_size(s.head_dim)) {
    Parts parts(base);
    query_columns = parts.take<E>(columns / panel_width * panel);
    grad_columns = parts.take<E>(columns / panel_width * panel);
    query_rows = parts.take<E>(width / panel_width * panel_size(columns));
    grad_rows = parts.take<E>(width / panel_width * panel_size(columns));
    shift = parts.take<float>(columns), along = parts.take<float>(columns);
    dq = parts.take<float>(width * columns);
    keys = parts.take<E>(key_block * depth), values = parts.take<E>(key_block * depth);
    key_columns = parts.take<E>(s.head_dim * key_block);
    dk = parts.take<float>(key_block * width), dv = parts.take<float>(key_block * width);
    scores = parts.take<float>(key_block * query_block);
    grad_scores = parts.take<float>(key_block * query_block);
    prob = parts.take<E>(key_block * query_block), ds = parts.take<E>(key_block * query_block);
    ds_panels = parts.take<E>(key_block * query_block);
    bytes = parts.used();
  }
};

// A row of grad . the row of out: of the gradient as the products see it, so that the sums of ds stay near
// zero.
template <class E, class G, class U>
float dot_factors(const G* grad, const U* out, int64_t n) {
  vf total{};
  for (int64_t i = 0; i < n; i += lanes) {
    E factors[lanes];
    store(factors, load_some(grad + i, n - i));
    total += load(factors) * load_some(out + i, n - i);
  }
  return sum(total);
}

template <class E>
void prepare(const AttentionBackward& p, const AttentionHead& head, Work<E>& w) {
  const AttentionShape& s = p.shape;
  const Matrix q = head.part(p.qkv, 0), grad = head.rows(p.grad), out = head.rows(p.out);
  pack_transposed(q, s.tokens, s.head_dim, w.query_columns);
  pack_transposed(grad, s.tokens, s.head_dim, w.grad_columns);
  // The columns past the last query meet zeros.
  for (int64_t d = 0, at = 0; d < s.head_dim; d += panel_width, at += panel_size(w.columns)) {
    const int64_t packed = (sizeof(E) == 2 ? round_up(s.tokens, 2) : s.tokens) * panel_width;
    pack_one(q, s.tokens, s.head_dim, d, w.query_rows + at);
    pack_one(grad, s.tokens, s.head_dim, d, w.grad_rows + at);
    for (int64_t i = packed; i < panel_size(w.columns); i++) {
      put(w.query_rows + at + i, 0.f);
      put(w.grad_rows + at + i, 0.f);
    }
  }
  for (int64_t i = 0; i < w.columns; i++) {
    w.shift[i] = w.along[i] = 0;
    if (i >= s.tokens) continue;
    w.shift[i] = p.logsumexp[head.statistics() + i] * log2_of_e;
    MSTA_FOR_DTYPE(grad.dtype, G, MSTA_FOR_DTYPE(out.dtype, U, {
                     const float slope = dot_factors<E>(row_of<G>(grad, i), row_of<U>(out, i), s.head_dim);
                     w.along[i] = slope * score_scale(s);
                   }))
  }
}

// Of one key and `count` queries from `first`: p, and ds times the scale of scores, from s and dp.
template <class E>
void differentiate_row(const Work<E>& w, int64_t first, int64_t count, int64_t hidden, float scale,
                       const float* scores, const float* grad_scores, E* prob, E* ds) {
  for (int64_t i = 0; i < count; i += lanes) {
    const vf e = exp2(load(scores + i) * (scale * log2_of_e) - load(w.shift + first + i));
    store(prob + i, e);
    store(ds + i, e * (load(grad_scores + i) * scale - load(w.along + first + i)));
  }
  for (int64_t i = 0; i < hidden; i++) {
    put(prob + i, 0.f);
    put(ds + i, 0.f);
  }
}

template <class E>
void key_block_backward(const AttentionBackward& p, const AttentionHead& head, int64_t key, Work<E>& w) {
  const AttentionShape& s = p.shape;
  const int64_t dim = s.head_dim, keys = smaller(key_block, s.tokens - key);
  const float scale = score_scale(s);
  const Matrix k = head.part(p.qkv, 1);
  copy_rows(k, key, keys, dim, w.keys, w.depth);
  copy_rows(head.part(p.qkv, 2), key, keys, dim, w.values, w.depth);
  MSTA_FOR_DTYPE(k.dtype, T, {
    transpose_rows(row_of<T>(k, key), k.row_stride, keys, dim, w.key_columns, key_block, key_block);
  })
  const int64_t start = s.causal ? key / query_block * query_block : 0;
  for (int64_t query = start; query < s.tokens; query += query_block) {
    const int64_t queries = smaller(query_block, w.columns - query);
    for (int64_t i = 0; i < queries; i += panel_width) {
      const int64_t at = (query + i) / panel_width * w.panel;
      multiply_rows(keys, dim, w.keys, w.depth, w.query_columns + at, w.scores + i, query_block, false);
      multiply_rows(keys, dim, w.values, w.depth, w.grad_columns + at, w.grad_scores + i, query_block, false);
    }
    for (int64_t r = 0; r < keys; r++) {
      const int64_t hidden = s.causal ? smaller(queries, larger(0, key + r - query)) : 0,
                    at = r * query_block;
      differentiate_row(w, query, queries, hidden, scale, w.scores + at, w.grad_scores + at, w.prob + at,
                        w.ds + at);
    }
    const Matrix ds{w.ds, sizeof(E) == 2 ? DType::bf16 : DType::f32, query_block, 1};
    pack_panels(ds, keys, queries, w.ds_panels);
    for (int64_t i = 0; i < queries; i += panel_width)
      multiply_rows(dim, keys, w.key_columns, key_block, w.ds_panels + i / panel_width * panel_size(keys),
                    w.dq + query + i, w.columns, key > 0);
    for (int64_t d = 0; d < w.width; d += panel_width) {
      const int64_t at = d / panel_width * panel_size(w.columns) + query * panel_width;
      multiply_rows(keys, queries, w.ds, query_block, w.query_rows + at, w.dk + d, w.width, query > start);
      multiply_rows(keys, queries, w.prob, query_block, w.grad_rows + at, w.dv + d, w.width, query > start);
    }
  }
  MSTA_FOR_DTYPE(p.grad_qkv.dtype, O, {
    Matrix dk = head.part(p.grad_qkv, 1), dv = head.part(p.grad_qkv, 2);
    for (int64_t r = 0; r < keys; r++)
      for (int64_t d = 0; d < dim; d += lanes) {
        store_some(row_of<O>(dk, key + r) + d, load(w.dk + r * w.width + d), dim - d);
        store_some(row_of<O>(dv, key + r) + d, load(w.dv + r * w.width + d), dim - d);
      }
  })
}

template <class E>
void differentiate(const AttentionBackward& p, KernelContext& context) {
  const AttentionShape& s = p.shape;
  const int64_t bytes = Work<E>(s, nullptr).bytes;
  char* scratch = context.scratch<char>(bytes * context.thread_count);
  context.parallel_for(s.batch * s.heads, [&](int64_t index, int thread) {
    const AttentionHead head(s, index);
    Work<E> w(s, scratch + thread * bytes);
    prepare(p, head, w);
    for (int64_t key = 0; key < s.tokens; key += key_block) key_block_backward(p, head, key, w);
    MSTA_FOR_DTYPE(p.grad_qkv.dtype, O, {
      Matrix dq = head.part(p.grad_qkv, 0);
      transpose_rows(w.dq, w.columns, s.head_dim, s.tokens, row_of<O>(dq, 0), dq.row_stride, s.head_dim);
    })
  });
}

}  // namespace

void attend_in_blocks_backward(const AttentionBackward& p, KernelContext& context) {
  if (multiplies_bf16 && p.qkv.dtype == DType::bf16)
    differentiate<bf16>(p, context);
  else
    differentiate<float>(p, context);
}

}  // namespace msta::MSTA_ISA
