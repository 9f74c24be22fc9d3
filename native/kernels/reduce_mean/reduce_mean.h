#pragma once
#include "../../runtime/arg_reader.h"

// reduce_mean: out [1] = mean of x [count]; backward: grad_x[i] = grad / count.
namespace msta::MSTA_ISA {

struct ReduceMean {
  int64_t count;
  float *in, *out;

  ReduceMean(const KernelArgs& args, bool backward) {
    ArgReader read(args);
    count = read.dimension("count");
    if (!backward && count < 1) fail_kernel(args, "count (at least)", 1, count);
    in = read.f32(backward ? "grad" : "x", backward ? 1 : count);
    out = read.f32(backward ? "grad_x" : "out", backward ? count : 1);
  }
};

}  // namespace msta::MSTA_ISA
