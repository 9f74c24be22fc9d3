#include "softmax_cross_entropy.h"

#include "../../cpu/kernels.h"
#include "../../cpu/simd.h"
#include "../token_embed/token_embed.h"

namespace msta::MSTA_ISA {

void softmax_cross_entropy_forward(const KernelArgs& args, KernelContext&) {
  const SoftmaxCrossEntropyForward p(args);
  check_indices(args, "label (at most)", p.labels, p.rows, p.classes);
  double total = 0;
  for (int64_t r = 0; r < p.rows; r++) {
    const float* x = p.logits + r * p.classes;
    float* out = p.probabilities + r * p.classes;
    float best = x[0];
    for (int64_t c = 1; c < p.classes; c++) best = x[c] > best ? x[c] : best;
    double denominator = 0;
    for (int64_t c = 0; c < p.classes; c += lanes) {
      const int64_t n = p.classes - c < lanes ? p.classes - c : lanes;
      const vf e = exp(load_first(x + c, n) - best);
      store_first(out + c, e, n);
      for (int64_t i = 0; i < n; i++) denominator += e[i];
    }
    for (int64_t c = 0; c < p.classes; c++) out[c] = static_cast<float>(out[c] / denominator);
    total += __builtin_log(denominator) - (static_cast<double>(x[p.labels[r]]) - best);
  }
  p.loss[0] = static_cast<float>(total / static_cast<double>(p.rows));
}

void softmax_cross_entropy_backward(const KernelArgs& args, KernelContext&) {
  const SoftmaxCrossEntropyBackward p(args);
  check_indices(args, "label (at most)", p.labels, p.rows, p.classes);
  const float scale = p.grad[0] / static_cast<float>(p.rows);
  for (int64_t r = 0; r < p.rows; r++)
    for (int64_t c = 0; c < p.classes; c++)
      p.grad_logits[r * p.classes + c] =
          scale * (p.probabilities[r * p.classes + c] - (p.labels[r] == c ? 1.f : 0.f));
}

}  // namespace msta::MSTA_ISA
