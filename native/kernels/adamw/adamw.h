#pragma once
#include "../../runtime/arg_reader.h"

// adamw: decoupled weight decay, bias-corrected moments, as torch.optim.AdamW.
namespace msta::MSTA_ISA {

struct AdamW {
  int64_t count, step;  // step counts from 1
  double learning_rate, beta1, beta2, eps, weight_decay;
  float *parameter, *first_moment, *second_moment;  // updated in place
  float* grad;                                      // optional: absent means zero

  explicit AdamW(const KernelArgs& args) {
    ArgReader read(args);
    count = read.dimension("count"), step = read.dimension("step");
    if (step < 1) fail_kernel(args, "step (at least)", 1, step);
    learning_rate = read.number(), beta1 = read.number(), beta2 = read.number();
    eps = read.number(), weight_decay = read.number();
    parameter = read.f32("parameter", count);
    first_moment = read.f32("first_moment", count);
    second_moment = read.f32("second_moment", count);
    grad = read.optional_f32("grad", count);
  }
};

}  // namespace msta::MSTA_ISA
