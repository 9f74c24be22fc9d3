#pragma once
#include "gemm.h"
#include "ptx.h"

// The activations of matrix products and their derivatives.
namespace msta::cuda {

// 1 / (1 + exp(-1.702 x)), times `numerator`.
__device__ __forceinline__ float quick_sigmoid(float x, float numerator) {
  constexpr float log2_e = 1.4426950408889634f;
  return __fdividef(numerator, 1.f + exp2_fast(-1.702f * log2_e * x));
}

__device__ __forceinline__ float activate(Activation activation, float x) {
  if (activation == Activation::quick_gelu) return quick_sigmoid(x, x);
  return activation == Activation::relu && x < 0 ? 0.f : x;
}

// Of the activation at its argument x.
__device__ __forceinline__ float slope_at(Activation activation, float x) {
  if (activation == Activation::none) return 1.f;
  if (activation == Activation::relu) return x > 0 ? 1.f : 0.f;
  const float sigmoid = quick_sigmoid(x, 1.f);
  return sigmoid + 1.702f * x * sigmoid * (1.f - sigmoid);
}

}  // namespace msta::cuda
