#pragma once
#include "../../runtime/arg_reader.h"

// layer_norm: out = (x - mean) / sqrt(variance + eps) * weight + bias over the last dimension.
namespace msta::MSTA_ISA {

struct LayerNormForward {
  int64_t rows, width;
  float eps;
  Operand x, weight, bias;  // [rows, width], [width], [width]
  Operand out;              // [rows, width]
  float* mean;              // [rows], optional, kept for backward
  float* rstd;              // [rows], optional, kept for backward

  explicit LayerNormForward(const KernelArgs& args) {
    ArgReader read(args);
    rows = read.dimension("rows"), width = read.dimension("width");
    eps = static_cast<float>(read.number());
    x = read.required("x", rows * width);
    weight = read.required("weight", width);
    bias = read.required("bias", width);
    out = read.required("out", rows * width);
    mean = read.optional_f32("mean", rows);
    rstd = read.optional_f32("rstd", rows);
  }
};

struct LayerNormBackward {
  int64_t rows, width;
  Operand grad, x, weight;                 // [rows, width], [rows, width], [width]
  float *mean, *rstd;                      // [rows]
  Operand grad_x, grad_weight, grad_bias;  // each optional

  explicit LayerNormBackward(const KernelArgs& args) {
    ArgReader read(args);
    rows = read.dimension("rows"), width = read.dimension("width");
    grad = read.required("grad", rows * width);
    x = read.required("x", rows * width);
    weight = read.required("weight", width);
    mean = read.f32("mean", rows);
    rstd = read.f32("rstd", rows);
    grad_x = read.optional("grad_x", rows * width);
    grad_weight = read.optional("grad_weight", width);
    grad_bias = read.optional("grad_bias", width);
  }
};

}  // namespace msta::MSTA_ISA
