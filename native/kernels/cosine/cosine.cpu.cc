#include "cosine.h"

#include "../../cpu/gemm.h"
#include "../../cpu/kernels.h"

namespace msta::MSTA_ISA {

namespace {

// Rows divided by their lengths, in scratch; inverse[r] = 1 / length, or 0 for a zero row.
float* unit_rows(KernelContext& context, const Operand& x, int64_t rows, int64_t width, float*& inverse) {
  const float* wide = as_float(context, x, rows * width);
  float* unit = context.scratch<float>(rows * width);
  float* inv = inverse = context.scratch<float>(rows);
  context.parallel_for(rows, [&](int64_t r, int) {
    double total = 0;
    for (int64_t i = 0; i < width; i++)
      total += static_cast<double>(wide[r * width + i]) * wide[r * width + i];
    inv[r] = total == 0 ? 0.f : static_cast<float>(1.0 / __builtin_sqrt(total));
    for (int64_t i = 0; i < width; i++) unit[r * width + i] = wide[r * width + i] * inv[r];
  });
  return unit;
}

float dot(const float* a, const float* b, int64_t n) {
  vf total{};
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) total += load(a + i) * load(b + i);
  float result = sum(total);
  for (; i < n; i++) result += a[i] * b[i];
  return result;
}

}  // namespace

void cosine_forward(const KernelArgs& args, KernelContext& context) {
  const CosineForward p(args);
  const CosineShape& s = p.shape;
  float *inverse_a, *inverse_b;
  const float* a = unit_rows(context, p.a, s.rows, s.width, inverse_a);
  const float* b = unit_rows(context, p.b, s.columns, s.width, inverse_b);
  context.parallel_for(s.rows, [&](int64_t i, int) {
    if (s.paired)
      p.out[i] = s.scale * dot(a + i * s.width, b + i * s.width, s.width);
    else
      for (int64_t j = 0; j < s.columns; j++)
        p.out[i * s.columns + j] = s.scale * dot(a + i * s.width, b + j * s.width, s.width);
  });
}

// With unit rows ua, ub: g_a = sum_j grad_ij * scale * ub_j; grad_a = (g_a - ua (ua . g_a)) / |a|; b alike.
void cosine_backward(const KernelArgs& args, KernelContext& context) {
  const CosineBackward p(args);
  const CosineShape& s = p.shape;
  float *inverse_a, *inverse_b;
  const float* a = unit_rows(context, p.a, s.rows, s.width, inverse_a);
  const float* b = unit_rows(context, p.b, s.columns, s.width, inverse_b);
  float* work = context.scratch<float>(s.width * context.thread_count);
  const auto side = [&](const Operand& out, int64_t rows, const float* own, const float* other,
                        const float* inverse, int64_t row_stride, int64_t column_stride, int64_t others) {
    if (!out) return;
    context.parallel_for(rows, [&](int64_t i, int thread) {
      float* g = work + thread * s.width;
      for (int64_t k = 0; k < s.width; k++) g[k] = 0;
      for (int64_t j = 0; j < (s.paired ? 1 : others); j++) {
        const float weight = s.scale * (s.paired ? p.grad[i] : p.grad[i * row_stride + j * column_stride]);
        const float* row = other + (s.paired ? i : j) * s.width;
        for (int64_t k = 0; k < s.width; k++) g[k] += weight * row[k];
      }
      const float along = dot(own + i * s.width, g, s.width);
      MSTA_FOR_DTYPE(out.dtype, T, {
        for (int64_t k = 0; k < s.width; k++)
          put(static_cast<T*>(out.data) + i * s.width + k,
              (g[k] - own[i * s.width + k] * along) * inverse[i]);
      })
    });
  };
  side(p.grad_a, s.rows, a, b, inverse_a, s.columns, 1, s.columns);
  side(p.grad_b, s.columns, b, a, inverse_b, 1, s.columns, s.rows);
}

}  // namespace msta::MSTA_ISA
