#include "softmax_cross_entropy.h"

#include "../../cuda/kernels.h"
#include "../../cuda/reduce.h"

namespace msta::cuda {

namespace {

constexpr int threads = 256;

// The denominator is summed in double: where one class has nearly all of it, the others are the loss.
__global__ void softmax_rows(const SoftmaxCrossEntropyForward p, const IndexCheck check, double* losses) {
  const int64_t r = blockIdx.x;
  const float* x = p.logits + r * p.classes;
  float* out = p.probabilities + r * p.classes;
  float best = -INFINITY;
  for (int64_t c = threadIdx.x; c < p.classes; c += threads) best = larger(best, x[c]);
  best = block_max(best);
  double denominator = 0;
  for (int64_t c = threadIdx.x; c < p.classes; c += threads) denominator += out[c] = expf(x[c] - best);
  denominator = block_sum(denominator);
  const auto scale = static_cast<float>(1 / denominator);
  for (int64_t c = threadIdx.x; c < p.classes; c += threads) out[c] *= scale;
  if (threadIdx.x > 0) return;
  const int label = p.labels[r];
  losses[r] = is_valid(check, label) ? log(denominator) - (static_cast<double>(x[label]) - best) : 0;
}

__global__ void mean_loss(const double* losses, int64_t rows, float* loss) {
  double total = 0;
  for (int64_t r = threadIdx.x; r < rows; r += threads) total += losses[r];
  total = block_sum(total);
  if (threadIdx.x == 0) *loss = static_cast<float>(total / static_cast<double>(rows));
}

__global__ void logit_gradients(const SoftmaxCrossEntropyBackward p, const IndexCheck check) {
  const int64_t r = blockIdx.x;
  const int label = p.labels[r];
  if (threadIdx.x == 0) is_valid(check, label);
  const float scale = p.grad[0] / static_cast<float>(p.rows);
  for (int64_t c = threadIdx.x; c < p.classes; c += threads)
    p.grad_logits[r * p.classes + c] =
        scale * (p.probabilities[r * p.classes + c] - (label == c ? 1.f : 0.f));
}

dim3 block_a_row(int64_t rows) { return dim3{static_cast<unsigned>(rows), 1, 1}; }

}  // namespace

void softmax_cross_entropy_forward(const KernelArgs& args, Gpu& gpu) {
  const SoftmaxCrossEntropyForward p(args);
  double* losses = gpu.scratch<double>(p.rows);
  const IndexCheck check = gpu.index_check("label (at most)", p.classes);
  launch(gpu, softmax_rows, block_a_row(p.rows), threads, 0, p, check, losses);
  launch(gpu, mean_loss, dim3{1, 1, 1}, threads, 0, losses, p.rows, p.loss);
}

void softmax_cross_entropy_backward(const KernelArgs& args, Gpu& gpu) {
  const SoftmaxCrossEntropyBackward p(args);
  const IndexCheck check = gpu.index_check("label (at most)", p.classes);
  launch(gpu, logit_gradients, block_a_row(p.rows), threads, 0, p, check);
}

}  // namespace msta::cuda
