#pragma once
#include "../../runtime/arg_reader.h"

// adamw: decoupled weight decay, bias-corrected moments, as torch.optim.AdamW, on several tensors at once.
namespace msta::MSTA_ISA {

struct AdamWPart {
  int64_t count;
  float *parameter, *first_moment, *second_moment;  // [count], updated in place
  float* grad;                                      // [count], optional: absent means zero
};

struct AdamW {
  static constexpr int most_tensors = 32;
  int64_t tensors, step;  // step counts from 1
  double learning_rate, beta1, beta2, eps, weight_decay;
  AdamWPart parts[most_tensors];

  explicit AdamW(const KernelArgs& args) {
    ArgReader read(args);
    tensors = read.dimension("tensors"), step = read.dimension("step");
    if (tensors > most_tensors) fail_kernel(args, "tensors (at most)", most_tensors, tensors);
    if (step < 1) fail_kernel(args, "step (at least)", 1, step);
    learning_rate = read.number(), beta1 = read.number(), beta2 = read.number();
    eps = read.number(), weight_decay = read.number();
    for (int i = 0; i < tensors; i++) {
      AdamWPart& part = parts[i];
      part.count = read.coordinate("count");
      part.parameter = read.f32("parameter", part.count);
      part.first_moment = read.f32("first_moment", part.count);
      part.second_moment = read.f32("second_moment", part.count);
      part.grad = read.optional_f32("grad", part.count);
    }
  }
};

// The numbers that are the same for every element of a step: x = x * decay - step_size * m / (sqrt(v) * root
// + eps)
struct AdamWFactors {
  float decay, step_size, root, beta1, beta2, rest1, rest2, eps;

  explicit AdamWFactors(const AdamW& p) {
    const double correction1 = 1 - __builtin_pow(p.beta1, static_cast<double>(p.step));
    const double correction2 = 1 - __builtin_pow(p.beta2, static_cast<double>(p.step));
    decay = static_cast<float>(1 - p.learning_rate * p.weight_decay);
    step_size = static_cast<float>(p.learning_rate / correction1);
    root = static_cast<float>(1 / __builtin_sqrt(correction2));
    beta1 = static_cast<float>(p.beta1), beta2 = static_cast<float>(p.beta2);
    rest1 = static_cast<float>(1 - p.beta1), rest2 = static_cast<float>(1 - p.beta2);
    eps = static_cast<float>(p.eps);
  }
};

}  // namespace msta::MSTA_ISA
