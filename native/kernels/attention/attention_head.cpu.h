#pragma once
#include "../../cpu/gemm.h"
#include "attention.h"

namespace msta::MSTA_ISA {

// A score that counts for nothing.
constexpr float lowest = -3.0e38f;
constexpr float log2_of_e = 1.44269504f;
constexpr float ln_of_2 = 0.69314718f;

// One head of one sequence: where its matrices lie.
struct AttentionHead {
  const AttentionShape& shape;
  int64_t batch, head;

  AttentionHead(const AttentionShape& s, int64_t index)
      : shape(s), batch(index / s.heads), head(index % s.heads) {}

  // Part 0, 1, 2: q, k, v (or their gradients) as a [tokens, head_dim] matrix.
  Matrix part(const Operand& qkv, int64_t part) const {
    const int64_t stride = 3 * shape.width();
    return at(qkv, batch * shape.tokens * stride + part * shape.width(), stride);
  }
  // Of a [batch, queries, width] operand.
  Matrix rows(const Operand& x) const {
    return at(x, batch * shape.queries() * shape.width(), shape.width());
  }
  // Of a [batch, heads, queries] operand.
  int64_t statistics() const { return (batch * shape.heads + head) * shape.queries(); }

 private:
  Matrix at(const Operand& x, int64_t offset, int64_t stride) const {
    const int64_t first = offset + head * shape.head_dim;
    return {static_cast<const char*>(x.data) + first * dtype_size(x.dtype), x.dtype, stride, 1};
  }
};

inline float score_scale(const AttentionShape& s) {
  return 1.f / __builtin_sqrtf(static_cast<float>(s.head_dim));
}

// Row r of a matrix whose rows are contiguous.
template <class T>
inline const T* row_of(const Matrix& m, int64_t r) {
  return static_cast<const T*>(m.data) + r * m.row_stride;
}
template <class T>
inline T* row_of(Matrix& m, int64_t r) {
  return static_cast<T*>(const_cast<void*>(m.data)) + r * m.row_stride;
}

template <class A, class B>
inline float dot(const A* a, const B* b, int64_t n) {
  vf total{};
  for (int64_t i = 0; i < n; i += lanes) total += load_some(a + i, n - i) * load_some(b + i, n - i);
  return sum(total);
}

// Without packing, for one query (CLS) or few tokens.
void attend_directly(const AttentionForward& p, const AttentionHead& head, float* work);
void attend_directly_backward(const AttentionBackward& p, const AttentionHead& head, float* work);
// Floats of work that they need.
int64_t direct_work(const AttentionShape& s);
int64_t direct_backward_work(const AttentionShape& s);

// By matrix products of packed blocks.
void attend_in_blocks(const AttentionForward& p, KernelContext& context);
void attend_in_blocks_backward(const AttentionBackward& p, KernelContext& context);

}  // namespace msta::MSTA_ISA
