#pragma once
#include "../../runtime/arg_reader.h"

// msta_adapter: z = dropout(relu(S relu(D h + d0) + s0)); out = residual + alpha * (U z + u0)
// (SPEC section 2). Without S: z = dropout(relu(D h + d0)). With a temporal convolution (temporal_conv),
// out += alpha * [CLS: 0 | patches: conv(z) + bias].
// Dropout draws element i of z from Philox(seed, stream, i): a function of the call, not of the threads.
namespace msta::MSTA_ISA {

struct MstaAdapterForward {
  int64_t rows, width, dim;
  float alpha, dropout;  // dropout: probability of zeroing; 0 outside training
  uint64_t seed, stream;
  Operand h, down, down_bias;     // [rows, width], [dim, width], [dim]
  Operand shared, shared_bias;    // [dim, dim], [dim]; optional
  Operand up, up_bias, residual;  // [width, dim], [width], [rows, width]
  Operand out;                    // [rows, width], type of residual
  Operand hidden;                 // [rows, dim]: relu(D h); needed with S
  Operand z;                      // [rows, dim]
  // The convolution; kernel = 0: none, and the operands are absent. Rows are those of videos of 1 + patches *
  // frames tokens each.
  int64_t frames, groups, kernel, tokens;
  Operand temporal_weight, temporal_bias;  // [width, dim / groups, kernel, 1, 1], [width]

  explicit MstaAdapterForward(const KernelArgs& args) {
    ArgReader read(args);
    rows = read.dimension("rows"), width = read.dimension("width"), dim = read.dimension("dim");
    alpha = static_cast<float>(read.number()), dropout = static_cast<float>(read.number());
    seed = static_cast<uint64_t>(read.number()), stream = static_cast<uint64_t>(read.number());
    h = read.required("h", rows * width);
    down = read.required("down", dim * width), down_bias = read.required("down_bias", dim);
    shared = read.optional("shared", dim * dim);
    shared_bias = shared ? read.required("shared_bias", dim) : read.optional("shared_bias", 0);
    up = read.required("up", width * dim), up_bias = read.required("up_bias", width);
    residual = read.required("residual", rows * width);
    out = read.required("out", rows * width);
    hidden = shared ? read.required("hidden", rows * dim) : read.optional("hidden", 0);
    z = read.required("z", rows * dim);
    if (!(dropout >= 0 && dropout < 1))
      fail_kernel(args, "dropout (below)", 1, static_cast<int64_t>(dropout));
    if (residual.dtype != out.dtype)
      fail_kernel(args, "dtype of residual", static_cast<int>(out.dtype), static_cast<int>(residual.dtype));
    read_convolution(read);
  }

  bool convolves() const { return kernel > 0; }

 private:
  void read_convolution(ArgReader& read) {
    frames = read.coordinate("frames"), groups = read.coordinate("groups");
    kernel = read.dimension("kernel"), tokens = read.coordinate("tokens");
    if (convolves()) {
      if (kernel % 2 == 0) fail_kernel(read.args(), "kernel (odd)", kernel + 1, kernel);
      if (groups < 1 || dim % groups || width % groups) fail_kernel(read.args(), "groups", dim, groups);
      if (tokens < 1 || rows % tokens) fail_kernel(read.args(), "rows (of whole videos)", tokens, rows);
      if (tokens > 1 && (frames < 1 || (tokens - 1) % frames))
        fail_kernel(read.args(), "tokens (a CLS token and whole patches)", 1 + frames, tokens);
    }
    temporal_weight = read.required("temporal_weight", convolves() ? width * (dim / groups) * kernel : 0);
    temporal_bias = read.required("temporal_bias", convolves() ? width : 0);
  }
};

// The convolution of z over `out` as a call of temporal_conv.
struct ConvolutionCall {
  Operand operands[5];
  double numbers[8];
  const char* op;

  ConvolutionCall(const KernelArgs& args, const MstaAdapterForward& p)
      : operands{p.z, p.temporal_weight, p.temporal_bias, p.out, p.out},
        numbers{static_cast<double>(p.rows / p.tokens),
                p.tokens > 1 ? static_cast<double>((p.tokens - 1) / p.frames) : 0,
                static_cast<double>(p.frames),
                static_cast<double>(p.dim),
                static_cast<double>(p.width),
                static_cast<double>(p.groups),
                static_cast<double>(p.kernel),
                p.alpha},
        op(args.op) {}
  KernelArgs args() const { return {op, operands, 5, numbers, 8}; }
};

// The gradient of `residual` is `grad` itself. Dropout needs no replay: z > 0 exactly where it passed.
struct MstaAdapterBackward {
  int64_t rows, width, dim;
  float alpha, dropout;
  Operand grad;    // [rows, width]
  Operand grad_z;  // [rows, dim], optional: what reaches z from elsewhere (temporal_conv)
  Operand h, down, shared, up, hidden, z;
  Operand grad_h;  // [rows, width], optional
  float *grad_down, *grad_down_bias, *grad_shared, *grad_shared_bias, *grad_up, *grad_up_bias;

  explicit MstaAdapterBackward(const KernelArgs& args) {
    ArgReader read(args);
    rows = read.dimension("rows"), width = read.dimension("width"), dim = read.dimension("dim");
    alpha = static_cast<float>(read.number()), dropout = static_cast<float>(read.number());
    if (!(dropout >= 0 && dropout < 1))
      fail_kernel(args, "dropout (below)", 1, static_cast<int64_t>(dropout));
    grad = read.required("grad", rows * width);
    grad_z = read.optional("grad_z", rows * dim);
    h = read.required("h", rows * width);
    down = read.required("down", dim * width);
    shared = read.optional("shared", dim * dim);
    up = read.required("up", width * dim);
    hidden = shared ? read.required("hidden", rows * dim) : read.optional("hidden", 0);
    z = read.required("z", rows * dim);
    grad_h = read.optional("grad_h", rows * width);
    grad_down = read.f32("grad_down", dim * width), grad_down_bias = read.f32("grad_down_bias", dim);
    grad_shared = shared ? read.f32("grad_shared", dim * dim) : read.optional_f32("grad_shared", 0);
    grad_shared_bias = shared ? read.f32("grad_shared_bias", dim) : read.optional_f32("grad_shared_bias", 0);
    grad_up = read.f32("grad_up", width * dim), grad_up_bias = read.f32("grad_up_bias", width);
  }
};

}  // namespace msta::MSTA_ISA
