#pragma once
#include "../../runtime/arg_reader.h"

// reduce_mean: out [1] = mean of x [count], or of its squares; backward (of the plain mean): grad_x[i] = grad
// / count.
namespace msta::MSTA_ISA {

struct ReduceMean {
  int64_t count;
  bool squares;
  float *in, *out;

  ReduceMean(const KernelArgs& args, bool backward) {
    ArgReader read(args);
    count = read.dimension("count");
    squares = !backward && read.dimension("squares") != 0;
    if (!backward && count < 1) fail_kernel(args, "count (at least)", 1, count);
    in = read.f32(backward ? "grad" : "x", backward ? 1 : count);
    out = read.f32(backward ? "grad_x" : "out", backward ? count : 1);
  }
};

}  // namespace msta::MSTA_ISA
