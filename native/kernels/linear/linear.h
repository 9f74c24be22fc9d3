#pragma once
#include "../../runtime/arg_reader.h"

// linear: out = residual + scale * activation(x * weight^T + bias)
namespace msta::MSTA_ISA {

struct LinearForward {
  int64_t rows, in_features, out_features;
  int activation;  // 0 none, 1 QuickGELU, 2 ReLU
  bool packed;     // weight is the output of linear_pack
  float scale;
  Operand x;         // [rows, in]
  Operand weight;    // [out, in], or packed float32
  Operand bias;      // [out], optional
  Operand residual;  // [rows, out], optional; type of out
  Operand out;       // [rows, out]
  Operand pre;       // [rows, out], optional: x * weight^T + bias, kept for backward; type of out

  explicit LinearForward(const KernelArgs& args) {
    ArgReader read(args);
    rows = read.dimension("rows"), in_features = read.dimension("in"), out_features = read.dimension("out");
    activation = static_cast<int>(read.integer());
    packed = read.integer() != 0;
    scale = static_cast<float>(read.number());
    x = read.required("x", rows * in_features);
    if (packed)
      weight = {read.f32("weight", (out_features + 31) / 32 * 32 * in_features), 0, DType::f32};
    else
      weight = read.required("weight", in_features * out_features);
    bias = read.optional("bias", out_features);
    residual = read.optional("residual", rows * out_features);
    out = read.required("out", rows * out_features);
    pre = read.optional("pre", rows * out_features);
    if (activation < 0 || activation > 2) fail_kernel(args, "activation (at most)", 2, activation);
    if (residual && residual.dtype != out.dtype)
      fail_kernel(args, "dtype of residual", static_cast<int>(out.dtype), static_cast<int>(residual.dtype));
    if (pre && pre.dtype != out.dtype)
      fail_kernel(args, "dtype of pre", static_cast<int>(out.dtype), static_cast<int>(pre.dtype));
  }
};

// Packs weight [out, in] for linear with packed = 1: float32, round_up(out, 32) * in elements.
struct LinearPack {
  int64_t in_features, out_features;
  Operand weight;
  float* packed;

  explicit LinearPack(const KernelArgs& args) {
    ArgReader read(args);
    in_features = read.dimension("in"), out_features = read.dimension("out");
    weight = read.required("weight", in_features * out_features);
    packed = read.f32("packed", (out_features + 31) / 32 * 32 * in_features);
  }
};

// Gradients of linear; each output optional. The gradient of `residual` is `grad` itself.
struct LinearBackward {
  int64_t rows, in_features, out_features;
  int activation;
  float scale;
  Operand grad;    // [rows, out]
  Operand x;       // [rows, in], needed for grad_weight
  Operand weight;  // [out, in], needed for grad_x
  Operand pre;     // [rows, out], needed with an activation
  Operand grad_x, grad_weight, grad_bias;

  explicit LinearBackward(const KernelArgs& args) {
    ArgReader read(args);
    rows = read.dimension("rows"), in_features = read.dimension("in"), out_features = read.dimension("out");
    activation = static_cast<int>(read.integer());
    scale = static_cast<float>(read.number());
    grad = read.required("grad", rows * out_features);
    x = read.optional("x", rows * in_features);
    weight = read.optional("weight", in_features * out_features);
    pre = read.optional("pre", rows * out_features);
    grad_x = read.optional("grad_x", rows * in_features);
    grad_weight = read.optional("grad_weight", in_features * out_features);
    grad_bias = read.optional("grad_bias", out_features);
    if (activation < 0 || activation > 2) fail_kernel(args, "activation (at most)", 2, activation);
    if (grad_x && !weight) fail_kernel(args, "weight", in_features * out_features, 0);
    if (grad_weight && !x) fail_kernel(args, "x", rows * in_features, 0);
    if (activation != 0 && !pre) fail_kernel(args, "pre", rows * out_features, 0);
  }
};

}  // namespace msta::MSTA_ISA
