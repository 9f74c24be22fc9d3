#include "layer_norm.h"

#include "../../cpu/gemm.h"
#include "../../cpu/kernels.h"

namespace msta::MSTA_ISA {

namespace {

float reciprocal_root(float x) { return 1.f / __builtin_sqrtf(x); }

template <class T>
void normalize_row(const LayerNormForward& p, int64_t r, const float* gamma, const float* beta, float* row) {
  const T* x = static_cast<const T*>(p.x.data) + r * p.width;
  vf total{};
  int64_t i = 0;
  for (; i + lanes <= p.width; i += lanes) {
    const vf v = load(x + i);
    store(row + i, v);
    total += v;
  }
  float mean = sum(total);
  for (; i < p.width; i++) mean += row[i] = to_float(x[i]);
  mean /= static_cast<float>(p.width);
  vf squares{};
  for (i = 0; i + lanes <= p.width; i += lanes) {
    const vf d = load(row + i) - mean;
    squares += d * d;
  }
  float variance = sum(squares);
  for (; i < p.width; i++) variance += (row[i] - mean) * (row[i] - mean);
  const float rstd = reciprocal_root(variance / static_cast<float>(p.width) + p.eps);
  if (p.mean) p.mean[r] = mean;
  if (p.rstd) p.rstd[r] = rstd;
  MSTA_FOR_DTYPE(p.out.dtype, O, {
    O* out = static_cast<O*>(p.out.data) + r * p.width;
    for (i = 0; i + lanes <= p.width; i += lanes)
      store(out + i, (load(row + i) - mean) * rstd * load(gamma + i) + load(beta + i));
    for (; i < p.width; i++) put(out + i, (row[i] - mean) * rstd * gamma[i] + beta[i]);
  })
}

// grad_x = rstd * (g - mean(g) - xhat * mean(g * xhat)), g = grad * weight
template <class G, class X>
void backward_row(const LayerNormBackward& p, int64_t r, const float* gamma, float* weight_sums,
                  float* bias_sums) {
  const G* grad = static_cast<const G*>(p.grad.data) + r * p.width;
  const X* x = static_cast<const X*>(p.x.data) + r * p.width;
  const float mean = p.mean[r], rstd = p.rstd[r];
  float sum_g = 0, sum_gx = 0;
  vf total_g{}, total_gx{};
  int64_t i = 0;
  for (; i + lanes <= p.width; i += lanes) {
    const vf dy = load(grad + i), xhat = (load(x + i) - mean) * rstd, g = dy * load(gamma + i);
    total_g += g;
    total_gx += g * xhat;
    if (weight_sums) store(weight_sums + i, load(weight_sums + i) + dy * xhat);
    if (bias_sums) store(bias_sums + i, load(bias_sums + i) + dy);
  }
  for (; i < p.width; i++) {
    const float dy = to_float(grad[i]), xhat = (to_float(x[i]) - mean) * rstd, g = dy * gamma[i];
    sum_g += g;
    sum_gx += g * xhat;
    if (weight_sums) weight_sums[i] += dy * xhat;
    if (bias_sums) bias_sums[i] += dy;
  }
  if (!p.grad_x) return;
  const float mean_g = (sum_g + sum(total_g)) / static_cast<float>(p.width);
  const float mean_gx = (sum_gx + sum(total_gx)) / static_cast<float>(p.width);
  MSTA_FOR_DTYPE(p.grad_x.dtype, O, {
    O* out = static_cast<O*>(p.grad_x.data) + r * p.width;
    for (i = 0; i + lanes <= p.width; i += lanes) {
      const vf xhat = (load(x + i) - mean) * rstd;
      store(out + i, rstd * (load(grad + i) * load(gamma + i) - mean_g - xhat * mean_gx));
    }
    for (; i < p.width; i++) {
      const float xhat = (to_float(x[i]) - mean) * rstd;
      put(out + i, rstd * (to_float(grad[i]) * gamma[i] - mean_g - xhat * mean_gx));
    }
  })
}

}  // namespace

void layer_norm_forward(const KernelArgs& args, KernelContext& context) {
  const LayerNormForward p(args);
  const float* gamma = as_float(context, p.weight, p.width);
  const float* beta = as_float(context, p.bias, p.width);
  const int64_t stride = round_up(p.width, 16);
  float* rows = context.scratch<float>(stride * context.thread_count);
  constexpr int64_t block = 16;
  context.parallel_for((p.rows + block - 1) / block, [&](int64_t b, int thread) {
    for (int64_t r = b * block; r < smaller(p.rows, (b + 1) * block); r++)
      MSTA_FOR_DTYPE(p.x.dtype, T, normalize_row<T>(p, r, gamma, beta, rows + thread * stride);)
  });
}

void layer_norm_backward(const KernelArgs& args, KernelContext& context) {
  const LayerNormBackward p(args);
  const float* gamma = as_float(context, p.weight, p.width);
  // Sums over rows are kept per block of rows and added in order: the same for any number of threads.
  constexpr int64_t block = 64;
  const int64_t blocks = (p.rows + block - 1) / block;
  const bool sums = p.grad_weight || p.grad_bias;
  float* partial = sums ? context.scratch<float>(larger(1, blocks) * 2 * p.width) : nullptr;
  context.parallel_for(blocks, [&](int64_t b, int) {
    float* weight_sums = sums ? partial + b * 2 * p.width : nullptr;
    float* bias_sums = sums ? weight_sums + p.width : nullptr;
    for (int64_t i = 0; sums && i < 2 * p.width; i++) weight_sums[i] = 0;
    for (int64_t r = b * block; r < smaller(p.rows, (b + 1) * block); r++)
      MSTA_FOR_DTYPE(p.grad.dtype, G,
                     MSTA_FOR_DTYPE(p.x.dtype, X, backward_row<G, X>(p, r, gamma, weight_sums, bias_sums);))
  });
  const auto total = [&](const Operand& out, int64_t offset) {
    if (!out) return;
    for (int64_t i = 0; i < p.width; i++) {
      float value = 0;
      for (int64_t b = 0; b < blocks; b++) value += partial[b * 2 * p.width + offset + i];
      MSTA_FOR_DTYPE(out.dtype, T, put(static_cast<T*>(out.data) + i, value);)
    }
  };
  total(p.grad_weight, 0);
  total(p.grad_bias, p.width);
}

}  // namespace msta::MSTA_ISA
