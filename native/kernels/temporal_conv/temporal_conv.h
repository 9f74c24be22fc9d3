#pragma once
#include "../../runtime/arg_reader.h"

// temporal_conv: the 3D-convolution temporal up-projection, kernel (k, 1, 1), zero padding k / 2, grouped.
// out = residual + alpha * [CLS: 0 | patches: conv(z) + bias] (SPEC section 2).
namespace msta::MSTA_ISA {

struct TemporalConvShape {
  int64_t batch, patches, frames, in_channels, out_channels, groups, kernel;
  float alpha;
  int64_t tokens() const { return 1 + patches * frames; }
  int64_t group_in() const { return in_channels / groups; }
  int64_t group_out() const { return out_channels / groups; }
  int64_t weight_size() const { return out_channels * group_in() * kernel; }

  explicit TemporalConvShape(ArgReader& read) {
    batch = read.dimension("batch"), patches = read.dimension("patches"), frames = read.dimension("frames");
    in_channels = read.dimension("in_channels"), out_channels = read.dimension("out_channels");
    groups = read.dimension("groups"), kernel = read.dimension("kernel");
    alpha = static_cast<float>(read.number());
    if (groups < 1 || in_channels % groups || out_channels % groups)
      fail_kernel(read.args(), "groups", in_channels, groups);
    if (kernel % 2 == 0) fail_kernel(read.args(), "kernel (odd)", kernel + 1, kernel);
  }
};

struct TemporalConvForward {
  TemporalConvShape shape;
  Operand z;             // [batch, tokens, in_channels]
  Operand weight, bias;  // [out_channels, in_channels / groups, kernel, 1, 1], [out_channels]
  Operand residual;      // [batch, tokens, out_channels]
  Operand out;           // [batch, tokens, out_channels], type of residual

  explicit TemporalConvForward(const KernelArgs& args) : TemporalConvForward(ArgReader(args)) {}

 private:
  explicit TemporalConvForward(ArgReader read) : shape(read) {
    z = read.required("z", shape.batch * shape.tokens() * shape.in_channels);
    weight = read.required("weight", shape.weight_size());
    bias = read.required("bias", shape.out_channels);
    residual = read.required("residual", shape.batch * shape.tokens() * shape.out_channels);
    out = read.required("out", shape.batch * shape.tokens() * shape.out_channels);
    if (residual.dtype != out.dtype)
      fail_kernel(read.args(), "dtype of residual", static_cast<int>(out.dtype),
                  static_cast<int>(residual.dtype));
  }
};

// The gradient of `residual` is `grad` itself.
struct TemporalConvBackward {
  TemporalConvShape shape;
  Operand grad, z, weight;
  Operand grad_z;  // [batch, tokens, in_channels], optional; CLS rows are zero
  float *grad_weight, *grad_bias;

  explicit TemporalConvBackward(const KernelArgs& args) : TemporalConvBackward(ArgReader(args)) {}

 private:
  explicit TemporalConvBackward(ArgReader read) : shape(read) {
    grad = read.required("grad", shape.batch * shape.tokens() * shape.out_channels);
    z = read.required("z", shape.batch * shape.tokens() * shape.in_channels);
    weight = read.required("weight", shape.weight_size());
    grad_z = read.optional("grad_z", shape.batch * shape.tokens() * shape.in_channels);
    grad_weight = read.f32("grad_weight", shape.weight_size());
    grad_bias = read.f32("grad_bias", shape.out_channels);
  }
};

}  // namespace msta::MSTA_ISA
