#include "linear.h"

#include "../../cuda/activation.h"
#include "../../cuda/gemm.h"
#include "../../cuda/kernels.h"
#include "../../cuda/vectors.h"

namespace msta::cuda {

namespace {

// inner = grad * slope(pre), eight elements a thread.
template <class G, class P>
__global__ void __launch_bounds__(256) inner_gradient(int64_t count, Activation activation, bool vectors,
                                                      const G* grad, const P* pre, G* inner) {
  const int64_t stride = int64_t{gridDim.x} * blockDim.x * 8;
  for (int64_t i = (int64_t{blockIdx.x} * blockDim.x + threadIdx.x) * 8; i < count; i += stride) {
    float x[8], z[8];
    load_some(grad + i, count - i, vectors, x);
    load_some(pre + i, count - i, vectors, z);
#pragma unroll
    for (int j = 0; j < 8; j++) x[j] *= slope_at(activation, z[j]);
    store_some(inner + i, count - i, true, x);
  }
}

// The gradient before the activation, the scale left out; of the type of grad.
Operand gradient_before(const LinearBackward& p, Gpu& gpu) {
  const auto activation = static_cast<Activation>(p.activation);
  if (activation == Activation::none) return p.grad;
  const int64_t count = p.rows * p.out_features;
  const bool vectors =
      suits_vectors(p.grad.data, p.grad.dtype, 8) && suits_vectors(p.pre.data, p.pre.dtype, 8);
  Operand inner{nullptr, count, p.grad.dtype};
  MSTA_FOR_DTYPE(p.grad.dtype, G, MSTA_FOR_DTYPE(p.pre.dtype, P, {
                   G* data = gpu.scratch<G>(count);
                   launch(gpu, inner_gradient<G, P>, grid_of(ceil_div(count, 8)), 256, 0, count, activation,
                          vectors, static_cast<const G*>(p.grad.data), static_cast<const P*>(p.pre.data),
                          data);
                   inner.data = data;
                 }))
  return inner;
}

}  // namespace

void linear_forward(const KernelArgs& args, Gpu& gpu) {
  const LinearForward p(args);
  if (p.packing != Packing::none) fail_kernel(args, "packing", 0, static_cast<int64_t>(p.packing));
  Epilogue epilogue;
  epilogue.bias = p.bias;
  epilogue.activation = static_cast<Activation>(p.activation);
  epilogue.scale = p.scale;
  epilogue.pre_activation = p.pre.data;
  epilogue.residual = p.residual.data;
  multiply(gpu, p.rows, p.in_features, p.out_features, row_major(p.x, p.in_features),
           transposed(row_major(p.weight, p.in_features)), p.out.data, p.out.dtype, p.out_features, epilogue);
}

void linear_backward(const KernelArgs& args, Gpu& gpu) {
  const LinearBackward p(args);
  if (p.packing != Packing::none) fail_kernel(args, "packing", 0, static_cast<int64_t>(p.packing));
  if (!p.grad_x && !p.grad_weight && !p.grad_bias) return;
  const Operand grad = gradient_before(p, gpu);
  Epilogue scaled;
  scaled.scale = p.scale;
  if (p.grad_x)
    multiply(gpu, p.rows, p.out_features, p.in_features, row_major(grad, p.out_features),
             row_major(p.weight, p.in_features), p.grad_x.data, p.grad_x.dtype, p.in_features, scaled);
  if (p.grad_weight)
    multiply(gpu, p.out_features, p.rows, p.in_features, transposed(row_major(grad, p.out_features)),
             row_major(p.x, p.in_features), p.grad_weight.data, p.grad_weight.dtype, p.in_features, scaled);
  if (p.grad_bias) column_sums(gpu, p.rows, p.out_features, grad, p.scale, p.grad_bias);
}

}  // namespace msta::cuda
