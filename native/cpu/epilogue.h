#pragma once
#include "gemm.h"

namespace msta::MSTA_ISA {

// x * sigmoid(1.702 x). The exponential stops where float32 does, at 2^-125 and 2^126, so that it needs no
// special cases; NaN stays NaN by the last product.
static inline vf quick_gelu(vf x) {
  const vf low = splat(-125.f), high = splat(126.f);
  const vf t = min(max(x * (-1.702f * 1.44269504f), low), high);
  const vf shifted = t + 12582912.f;  // 1.5 * 2^23: rounds to an integer, which the low bits then hold
  const vf f = t - (shifted - 12582912.f);
  vf p = splat(1.535336188319500e-4f);
  p = p * f + 1.339887440266574e-3f;
  p = p * f + 9.618437357674640e-3f;
  p = p * f + 5.550332471162809e-2f;
  p = p * f + 2.402264791363012e-1f;
  p = p * f + 6.931472028550421e-1f;
  p = p * f + 1.f;
  const vf power = (vf)((vi)p + ((vi)shifted << 23));
  return x * reciprocal(1.f + power);
}

static inline vf activate(Activation activation, vf x) {
  switch (activation) {
    case Activation::quick_gelu:
      return quick_gelu(x);
    case Activation::relu:
      return (x > vf{}) ? x : ((x != x) ? x : vf{});
    case Activation::none:
      break;
  }
  return x;
}

// Applies the epilogue to values(r, j), rows x width of them (width <= panel_width), and stores them at
// `column` of C.
template <class T, class Values>
void finish(int64_t rows, int64_t width, const Values& values, const Epilogue& e, int64_t column,
            int64_t offset, T* c, int64_t c_stride) {
  T* pre = static_cast<T*>(e.pre_activation);
  const T* residual = static_cast<const T*>(e.residual);
  const float* bias = e.bias ? e.bias + column : nullptr;
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t j = 0; j < width; j += lanes) {
      const int64_t n = smaller(lanes, width - j), at = offset + r * c_stride + column + j;
      const bool whole = n == lanes;
      vf x = values(r, j);
      if (bias) x += whole ? load(bias + j) : load_first(bias + j, n);
      if (pre) whole ? store(pre + at, x) : store_first(pre + at, x, n);
      x = activate(e.activation, x) * e.scale;
      if (residual) x += whole ? load(residual + at) : load_first(residual + at, n);
      whole ? store(c + at, x) : store_first(c + at, x, n);
    }
  }
}

}  // namespace msta::MSTA_ISA
