#pragma once
#include "../../runtime/arg_reader.h"
#include "packing.h"

// linear: out = residual + scale * activation(x * weight^T + bias)
namespace msta::MSTA_ISA {

// Which form a weight is in, or is to be packed into; int8 has a greatest depth.
inline Packing read_packing(ArgReader& read, Packing least, int64_t in_features) {
  const int64_t code = read.integer();
  if (code < static_cast<int64_t>(least) || code > static_cast<int64_t>(Packing::int8))
    fail_kernel(read.args(), "packing (at most)", static_cast<int64_t>(Packing::int8), code);
  const auto packing = static_cast<Packing>(code);
  if (packing == Packing::int8 && in_features > most_int8_depth)
    fail_kernel(read.args(), "in of an int8 weight (at most)", most_int8_depth, in_features);
  return packing;
}

inline Operand optional_packed(ArgReader& read, const char* name, Packing packing, int64_t in_features,
                               int64_t out_features) {
  const PackedSize size = packed_weight_size(packing, in_features, out_features);
  const Operand packed = read.any(name, size.elements);
  if (packed && packed.dtype != size.dtype)
    fail_kernel(read.args(), name, static_cast<int64_t>(size.dtype), static_cast<int64_t>(packed.dtype));
  return packed;
}
inline Operand required_packed(ArgReader& read, const char* name, Packing packing, int64_t in_features,
                               int64_t out_features) {
  const Operand packed = optional_packed(read, name, packing, in_features, out_features);
  if (!packed && in_features * out_features > 0)
    fail_kernel(read.args(), name, packed_weight_size(packing, in_features, out_features).elements, 0);
  return packed;
}

struct LinearForward {
  int64_t rows, in_features, out_features;
  int activation;   // 0 none, 1 QuickGELU, 2 ReLU
  Packing packing;  // of weight
  float scale;
  Operand x;         // [rows, in]
  Operand weight;    // [out, in], or packed
  Operand bias;      // [out], optional
  Operand residual;  // [rows, out], optional; type of out
  Operand out;       // [rows, out]
  Operand pre;       // [rows, out], optional: x * weight^T + bias, kept for backward; type of out

  explicit LinearForward(const KernelArgs& args) {
    ArgReader read(args);
    rows = read.dimension("rows"), in_features = read.dimension("in"), out_features = read.dimension("out");
    activation = static_cast<int>(read.integer());
    packing = read_packing(read, Packing::none, in_features);
    scale = static_cast<float>(read.number());
    x = read.required("x", rows * in_features);
    if (packing == Packing::none)
      weight = read.required("weight", in_features * out_features);
    else
      weight = required_packed(read, "weight", packing, in_features, out_features);
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

// Packs weight [out, in] for linear: packed_weight_size says into what.
struct LinearPack {
  int64_t in_features, out_features;
  Packing packing;
  Operand weight;
  Operand packed;

  explicit LinearPack(const KernelArgs& args) {
    ArgReader read(args);
    in_features = read.dimension("in"), out_features = read.dimension("out");
    packing = read_packing(read, Packing::float32, in_features);
    weight = read.required("weight", in_features * out_features);
    packed = required_packed(read, "packed", packing, in_features, out_features);
  }
};

// The weight [out, in] that a packed one stands for: exact, but for int8, which is dequantised.
struct LinearUnpack {
  int64_t in_features, out_features;
  Packing packing;
  Operand packed;
  Operand weight;

  explicit LinearUnpack(const KernelArgs& args) {
    ArgReader read(args);
    in_features = read.dimension("in"), out_features = read.dimension("out");
    packing = read_packing(read, Packing::float32, in_features);
    packed = required_packed(read, "packed", packing, in_features, out_features);
    weight = read.required("weight", in_features * out_features);
  }
};

// Gradients of linear; each output optional. The gradient of `residual` is `grad` itself.
struct LinearBackward {
  int64_t rows, in_features, out_features;
  int activation;
  Packing packing;  // of weight
  float scale;
  Operand grad;    // [rows, out]
  Operand x;       // [rows, in], needed for grad_weight
  Operand weight;  // [out, in], or packed; needed for grad_x
  Operand pre;     // [rows, out], needed with an activation
  Operand grad_x, grad_weight, grad_bias;

  explicit LinearBackward(const KernelArgs& args) {
    ArgReader read(args);
    rows = read.dimension("rows"), in_features = read.dimension("in"), out_features = read.dimension("out");
    activation = static_cast<int>(read.integer());
    packing = read_packing(read, Packing::none, in_features);
    scale = static_cast<float>(read.number());
    grad = read.required("grad", rows * out_features);
    x = read.optional("x", rows * in_features);
    if (packing == Packing::none)
      weight = read.optional("weight", in_features * out_features);
    else
      weight = optional_packed(read, "weight", packing, in_features, out_features);
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
