#include "attention_head.cpu.h"

// Attention without packing: queries meet the rows of k and v where they lie.
namespace msta::MSTA_ISA {

namespace {

// Lanes 0 to 3 hold the sums of the four vectors.
inline vf four_sums(vf a, vf b, vf c, vf d) {
  const vi odd = (lane_numbers() & 1) != 0, upper = (lane_numbers() & 2) != 0;
  const vf ab = (odd ? b : a) + swap_lanes<1>(odd ? a : b);
  const vf cd = (odd ? d : c) + swap_lanes<1>(odd ? c : d);
  vf all = (upper ? cd : ab) + swap_lanes<2>(upper ? ab : cd);
  if constexpr (lanes > 4) all += swap_lanes<4>(all);
  if constexpr (lanes > 8) all += swap_lanes<8>(all);
  return all;
}

// out[j] = a . row j, and some more up to the next multiple of four
template <class A, class B>
void dots(const A* a, const Matrix& rows, int64_t count, int64_t width, float* out) {
  for (int64_t j = 0; j < count; j += 4) {
    const B* row[4];
    for (int64_t i = 0; i < 4; i++) row[i] = row_of<B>(rows, smaller(j + i, count - 1));
    vf total[4] = {};
    int64_t d = 0;
    for (; d + lanes <= width; d += lanes)
      for (int64_t i = 0; i < 4; i++) total[i] += load(a + d) * load(row[i] + d);
    if (d < width)
      for (int64_t i = 0; i < 4; i++)
        total[i] += load_first(a + d, width - d) * load_first(row[i] + d, width - d);
    store_first(out + j, four_sums(total[0], total[1], total[2], total[3]), 4);
  }
}

// out = scale * sum over j from first to last of weights[j * stride] * row j
template <class B, class O>
void weighted_sum(const float* weights, int64_t stride, const Matrix& rows, int64_t first, int64_t last,
                  int64_t width, float scale, O* out) {
  constexpr int64_t vectors = 4;
  int64_t d = 0;
  for (; d + vectors * lanes <= width; d += vectors * lanes) {
    vf total[vectors] = {};
    for (int64_t j = first; j < last; j++) {
      const B* row = row_of<B>(rows, j) + d;
      const vf weight = splat(weights[j * stride]);
      for (int64_t i = 0; i < vectors; i++) total[i] += weight * load(row + i * lanes);
    }
    for (int64_t i = 0; i < vectors; i++) store(out + d + i * lanes, total[i] * scale);
  }
  for (; d < width; d += lanes) {
    const int64_t n = smaller(lanes, width - d);
    vf total{};
    for (int64_t j = first; j < last; j++)
      total += weights[j * stride] * load_some(row_of<B>(rows, j) + d, n);
    store_first(out + d, total * scale, n);
  }
}

// The softmax of a row of scores, as weights still to be divided by their sum.
struct Softmax {
  float top, sum;  // weights = e^(score - top), top in powers of 2
};
Softmax soften(float* scores, int64_t count, float factor) {
  const auto score = [&](int64_t j) {
    const vf all = load(scores + j);
    return j + lanes <= count                                   ? all
           : (lane_numbers() < static_cast<int32_t>(count - j)) ? all
                                                                : splat(lowest);
  };
  vf best = splat(lowest);
  for (int64_t j = 0; j < count; j += lanes) best = max(best, score(j));
  const float top = max_lane(best) * factor;
  vf total{};
  for (int64_t j = 0; j < count; j += lanes) {
    const vf e = exp2(score(j) * factor - top);
    store(scores + j, e);
    total += e;
  }
  return {top, sum(total)};
}

template <class T, class O>
void attend(const AttentionForward& p, const AttentionHead& head, const Matrix& q, const Matrix& k,
            const Matrix& v, float* scores) {
  const AttentionShape& s = p.shape;
  const int64_t stride = round_up(s.tokens, lanes);
  const float factor = score_scale(s) * log2_of_e;
  Matrix out = head.rows(p.out);
  const auto visible = [&](int64_t i) { return s.causal ? i + 1 : s.tokens; };
  // One step for all queries after the other: a step of one query alone would wait for its own results.
  for (int64_t i = 0; i < s.queries(); i++)
    dots<T, T>(row_of<T>(q, i), k, visible(i), s.head_dim, scores + i * stride);
  for (int64_t i = 0; i < s.queries(); i++) {
    float* row = scores + i * stride;
    const Softmax softmax = soften(row, visible(i), factor);
    const float inverse = 1.f / softmax.sum;
    for (int64_t j = 0; j < visible(i); j += lanes) store(row + j, load(row + j) * inverse);
    if (p.logsumexp) p.logsumexp[head.statistics() + i] = softmax.top * ln_of_2 + __builtin_logf(softmax.sum);
  }
  for (int64_t i = 0; i < s.queries(); i++)
    weighted_sum<T>(scores + i * stride, 1, v, 0, visible(i), s.head_dim, 1, row_of<O>(out, i));
}

// p = exp(s - logsumexp), dp = grad v^T, ds = p (dp - grad . out); then dq = ds k, dk = ds^T q, dv = p^T
// grad.
template <class T, class G, class O>
void attend_backward(const AttentionBackward& p, const AttentionHead& head, const Matrix& q, const Matrix& k,
                     const Matrix& v, const Matrix& grad, float* work) {
  const AttentionShape& s = p.shape;
  const int64_t queries = s.queries(), dim = s.head_dim, stride = round_up(s.tokens, lanes);
  const float scale = score_scale(s);
  const Matrix out = head.rows(p.out);
  Matrix dq = head.part(p.grad_qkv, 0), dk = head.part(p.grad_qkv, 1), dv = head.part(p.grad_qkv, 2);
  float *prob = work, *ds = work + queries * stride;
  const auto visible = [&](int64_t i) { return s.causal ? i + 1 : s.tokens; };
  for (int64_t i = 0; i < queries; i++) {
    dots<T, T>(row_of<T>(q, i), k, visible(i), dim, prob + i * stride);
    dots<G, T>(row_of<G>(grad, i), v, visible(i), dim, ds + i * stride);
  }
  for (int64_t i = 0; i < queries; i++) {
    float along;
    MSTA_FOR_DTYPE(p.out.dtype, U, along = dot(row_of<G>(grad, i), row_of<U>(out, i), dim);)
    const float shift = p.logsumexp[head.statistics() + i] * log2_of_e;
    for (int64_t j = i * stride; j < i * stride + visible(i); j += lanes) {
      const vf e = exp2(load(prob + j) * (scale * log2_of_e) - shift);
      store(prob + j, e);
      store(ds + j, e * (load(ds + j) - along));
    }
  }
  for (int64_t i = 0; i < s.tokens; i++)
    weighted_sum<T>(ds + i * stride, 1, k, 0, i < queries ? visible(i) : 0, dim, scale, row_of<O>(dq, i));
  for (int64_t j = 0; j < s.tokens; j++) {
    const int64_t first = s.causal ? smaller(j, queries) : 0;
    weighted_sum<T>(ds + j, stride, q, first, queries, dim, scale, row_of<O>(dk, j));
    weighted_sum<G>(prob + j, stride, grad, first, queries, dim, 1, row_of<O>(dv, j));
  }
}

// Floats of the scores of a head, and of its rows widened.
int64_t score_size(const AttentionShape& s) { return s.queries() * round_up(s.tokens, lanes); }
int64_t wide_size(const AttentionShape& s) { return s.tokens * s.head_dim; }

// Where each row is used again and again, bfloat16 is better widened once, into `space`.
bool widens(const AttentionShape& s, const Matrix& m) { return m.dtype == DType::bf16 && s.queries() > 1; }
Matrix widened(const AttentionShape& s, const Matrix& m, float* space) {
  for (int64_t r = 0; r < s.tokens; r++)
    for (int64_t d = 0; d < s.head_dim; d += lanes) {
      const int64_t n = smaller(lanes, s.head_dim - d);
      store_first(space + r * s.head_dim + d, load_some(row_of<bf16>(m, r) + d, n), n);
    }
  return {space, DType::f32, s.head_dim, 1};
}

}  // namespace

int64_t direct_work(const AttentionShape& s) { return score_size(s) + 3 * wide_size(s); }
int64_t direct_backward_work(const AttentionShape& s) { return 2 * score_size(s) + 4 * wide_size(s); }

void attend_directly(const AttentionForward& p, const AttentionHead& head, float* work) {
  const AttentionShape& s = p.shape;
  Matrix parts[3];
  for (int i = 0; i < 3; i++) {
    parts[i] = head.part(p.qkv, i);
    if (widens(s, parts[i])) parts[i] = widened(s, parts[i], work + score_size(s) + i * wide_size(s));
  }
  MSTA_FOR_DTYPE(parts[0].dtype, T, MSTA_FOR_DTYPE(p.out.dtype, O, {
                   (attend<T, O>(p, head, parts[0], parts[1], parts[2], work));
                 }))
}

void attend_directly_backward(const AttentionBackward& p, const AttentionHead& head, float* work) {
  const AttentionShape& s = p.shape;
  Matrix parts[4] = {head.part(p.qkv, 0), head.part(p.qkv, 1), head.part(p.qkv, 2), head.rows(p.grad)};
  for (int i = 0; i < 4; i++)
    if (widens(s, parts[i])) parts[i] = widened(s, parts[i], work + 2 * score_size(s) + i * wide_size(s));
  MSTA_FOR_DTYPE(parts[0].dtype, T, MSTA_FOR_DTYPE(parts[3].dtype, G, MSTA_FOR_DTYPE(p.grad_qkv.dtype, O, {
                                                     (attend_backward<T, G, O>(p, head, parts[0], parts[1],
                                                                               parts[2], parts[3], work));
                                                   })))
}

}  // namespace msta::MSTA_ISA
