#include "msta_adapter.h"

#include "../../cpu/gemm.h"
#include "../../cpu/kernels.h"
#include "../../cpu/philox.h"

namespace msta::MSTA_ISA {

namespace {

// Zeroes each element with probability p.dropout and scales the others by 1 / (1 - dropout).
template <class T>
void drop(const MstaAdapterForward& p, int64_t first, int64_t last, T* z) {
  const float scale = 1.f / (1.f - p.dropout);
  const auto threshold = static_cast<uint32_t>(static_cast<double>(p.dropout) * 4294967296.0);
  for (int64_t i = first; i < last; i += 4) {
    const Philox4 random = philox(p.seed, p.stream, static_cast<uint64_t>(i / 4));
    for (int64_t j = i; j < smaller(i + 4, last); j++)
      put(z + j, random.value[j - i] < threshold ? 0.f : to_float(z[j]) * scale);
  }
}

}  // namespace

void msta_adapter_forward(const KernelArgs& args, KernelContext& context) {
  const MstaAdapterForward p(args);
  const Operand& first = p.shared ? p.hidden : p.z;
  Epilogue down;
  down.bias = as_float(context, p.down_bias, p.dim);
  down.activation = Activation::relu;
  multiply(context, p.rows, p.width, p.dim, row_major(p.h, p.width), transposed(row_major(p.down, p.width)),
           first.data, first.dtype, p.dim, down);
  if (p.shared) {
    Epilogue shared = down;
    shared.bias = as_float(context, p.shared_bias, p.dim);
    multiply(context, p.rows, p.dim, p.dim, row_major(p.hidden, p.dim),
             transposed(row_major(p.shared, p.dim)), p.z.data, p.z.dtype, p.dim, shared);
  }
  if (p.dropout > 0) {
    constexpr int64_t block = 4096;  // a multiple of the four numbers of one Philox draw
    const int64_t count = p.rows * p.dim;
    context.parallel_for((count + block - 1) / block, [&](int64_t b, int) {
      MSTA_FOR_DTYPE(p.z.dtype, T,
                     drop(p, b * block, smaller(count, (b + 1) * block), static_cast<T*>(p.z.data));)
    });
  }
  // bias times alpha comes out of the same epilogue: scale * (z U^T + bias)
  Epilogue up;
  up.bias = as_float(context, p.up_bias, p.width);
  up.scale = p.alpha;
  up.residual = p.residual.data;
  multiply(context, p.rows, p.dim, p.width, row_major(p.z, p.dim), transposed(row_major(p.up, p.dim)),
           p.out.data, p.out.dtype, p.width, up);
  if (p.convolves()) temporal_conv_forward(ConvolutionCall(args, p).args(), context);
}

void msta_adapter_backward(const KernelArgs& args, KernelContext& context) {
  const MstaAdapterBackward p(args);
  const Operand grad = p.grad;
  Epilogue scaled;
  scaled.scale = p.alpha;
  multiply(context, p.width, p.rows, p.dim, transposed(row_major(grad, p.width)), row_major(p.z, p.dim),
           p.grad_up, DType::f32, p.dim, scaled);
  column_sums(context, p.rows, p.width, grad, p.grad_up_bias);
  for (int64_t i = 0; i < p.width; i++) p.grad_up_bias[i] *= p.alpha;

  // grad of z, then through dropout and ReLU: both passed exactly where z > 0.
  float* inner = context.scratch<float>(p.rows * p.dim);
  Epilogue to_z = scaled;
  multiply(context, p.rows, p.width, p.dim, row_major(grad, p.width), row_major(p.up, p.dim), inner,
           DType::f32, p.dim, to_z);
  const float keep = 1.f / (1.f - p.dropout);
  const auto mask = [&](float* x, const Operand& gate, float scale, const Operand& more) {
    context.parallel_for(p.rows, [&](int64_t r, int) {
      MSTA_FOR_DTYPE(gate.dtype, T, {
        const T* open = static_cast<const T*>(gate.data) + r * p.dim;
        float* row = x + r * p.dim;
        for (int64_t i = 0; i < p.dim; i += lanes) {
          const int64_t n = p.dim - i;
          vf value = load_some(row + i, n);
          if (more)
            MSTA_FOR_DTYPE(more.dtype, M,
                           value += load_some(static_cast<const M*>(more.data) + r * p.dim + i, n);)
          store_some(row + i, (load_some(open + i, n) > vf{}) ? value * scale : vf{}, n);
        }
      })
    });
  };
  mask(inner, p.z, keep, p.grad_z);
  const Operand grad_inner{inner, p.rows * p.dim, DType::f32};
  float* grad_hidden = inner;
  if (p.shared) {
    multiply(context, p.dim, p.rows, p.dim, transposed(row_major(inner, p.dim)), row_major(p.hidden, p.dim),
             p.grad_shared, DType::f32, p.dim, {});
    column_sums(context, p.rows, p.dim, grad_inner, p.grad_shared_bias);
    grad_hidden = context.scratch<float>(p.rows * p.dim);
    multiply(context, p.rows, p.dim, p.dim, row_major(inner, p.dim), row_major(p.shared, p.dim), grad_hidden,
             DType::f32, p.dim, {});
    mask(grad_hidden, p.hidden, 1.f, {});
  }
  const Operand grad_first{grad_hidden, p.rows * p.dim, DType::f32};
  multiply(context, p.dim, p.rows, p.width, transposed(row_major(grad_hidden, p.dim)),
           row_major(p.h, p.width), p.grad_down, DType::f32, p.width, {});
  column_sums(context, p.rows, p.dim, grad_first, p.grad_down_bias);
  if (p.grad_h)
    multiply(context, p.rows, p.dim, p.width, row_major(grad_hidden, p.dim), row_major(p.down, p.width),
             p.grad_h.data, p.grad_h.dtype, p.width, {});
}

}  // namespace msta::MSTA_ISA
