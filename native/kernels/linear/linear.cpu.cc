#include "linear.h"
#include "../../cpu/gemm.h"
#include "../../cpu/kernels.h"
#include "../../cpu/packed_weight.h"

namespace msta::MSTA_ISA {

void linear_forward(const KernelArgs& args, KernelContext& context) {
  const LinearForward p(args);
  Epilogue epilogue;
  epilogue.bias = as_float(context, p.bias, p.out_features);
  epilogue.activation = static_cast<Activation>(p.activation);
  epilogue.scale = p.scale;
  epilogue.residual = p.residual.data;
  epilogue.pre_activation = p.pre.data;
  const Matrix x = row_major(p.x, p.in_features);
  if (p.packing != Packing::none)
    multiply_weight(context, p.rows, x, {p.packing, p.weight.data, p.in_features, p.out_features}, p.out.data,
                    p.out.dtype, p.out_features, epilogue);
  else
    multiply(context, p.rows, p.in_features, p.out_features, x,
             transposed(row_major(p.weight, p.in_features)), p.out.data, p.out.dtype, p.out_features,
             epilogue);
}

void linear_pack(const KernelArgs& args, KernelContext& context) {
  const LinearPack p(args);
  pack_weight(context, transposed(row_major(p.weight, p.in_features)),
              {p.packing, p.packed.data, p.in_features, p.out_features});
}

void linear_unpack(const KernelArgs& args, KernelContext& context) {
  const LinearUnpack p(args);
  unpack_weight(context, {p.packing, p.packed.data, p.in_features, p.out_features}, p.weight.dtype,
                p.weight.data);
}

void linear_backward(const KernelArgs& args, KernelContext& context) {
  const LinearBackward p(args);
  Operand grad = p.grad;
  if (p.activation != 0 || p.scale != 1.f) {
    const auto activation = static_cast<Activation>(p.activation);
    float* inner = context.scratch<float>(p.rows * p.out_features);
    const Operand pre = p.activation != 0 ? p.pre : p.grad;
    context.parallel_for(p.rows, [&](int64_t r, int) {
      MSTA_FOR_DTYPE(p.grad.dtype, G, MSTA_FOR_DTYPE(pre.dtype, P, {
                       const G* g = static_cast<const G*>(p.grad.data) + r * p.out_features;
                       const P* z = static_cast<const P*>(pre.data) + r * p.out_features;
                       float* out = inner + r * p.out_features;
                       for (int64_t j = 0; j < p.out_features; j += lanes) {
                         const int64_t n = smaller(lanes, p.out_features - j);
                         const vf slope =
                             activation_slope(activation, n == lanes ? load(z + j) : load_first(z + j, n));
                         const vf value = (n == lanes ? load(g + j) : load_first(g + j, n)) * slope * p.scale;
                         n == lanes ? store(out + j, value) : store_first(out + j, value, n);
                       }
                     }))
    });
    grad = {inner, p.rows * p.out_features, DType::f32};
  }
  if (p.grad_x && p.packing != Packing::none)
    multiply_transposed_weight(context, p.rows, row_major(grad, p.out_features),
                               {p.packing, p.weight.data, p.in_features, p.out_features}, p.grad_x.data,
                               p.grad_x.dtype, p.in_features);
  else if (p.grad_x)
    multiply(context, p.rows, p.out_features, p.in_features, row_major(grad, p.out_features),
             row_major(p.weight, p.in_features), p.grad_x.data, p.grad_x.dtype, p.in_features, {});
  if (p.grad_weight)
    multiply(context, p.out_features, p.rows, p.in_features, transposed(row_major(grad, p.out_features)),
             row_major(p.x, p.in_features), p.grad_weight.data, p.grad_weight.dtype, p.in_features, {});
  if (p.grad_bias) {
    float* sums = context.scratch<float>(p.out_features);
    column_sums(context, p.rows, p.out_features, grad, sums);
    MSTA_FOR_DTYPE(p.grad_bias.dtype, T, {
      for (int64_t n = 0; n < p.out_features; n++) put(static_cast<T*>(p.grad_bias.data) + n, sums[n]);
    })
  }
}

}  // namespace msta::MSTA_ISA
