#include "token_embed.h"

#include "../../cpu/gemm.h"
#include "../../cpu/kernels.h"

namespace msta::MSTA_ISA {

void token_embed_forward(const KernelArgs& args, KernelContext& context) {
  const TokenEmbedForward p(args);
  check_indices(args, "token id (at most)", p.ids, p.batch * p.length, p.vocabulary);
  const float* position = as_float(context, p.position, p.length * p.width);
  context.parallel_for(p.batch, [&](int64_t b, int) {
    for (int64_t l = 0; l < p.length; l++)
      MSTA_FOR_DTYPE(p.table.dtype, T, MSTA_FOR_DTYPE(p.out.dtype, O, {
                       const T* row = static_cast<const T*>(p.table.data) + p.ids[b * p.length + l] * p.width;
                       O* out = static_cast<O*>(p.out.data) + (b * p.length + l) * p.width;
                       for (int64_t i = 0; i < p.width; i++)
                         put(out + i, to_float(row[i]) + position[l * p.width + i]);
                     }))
  });
}

void token_embed_backward(const KernelArgs& args, KernelContext& context) {
  const TokenEmbedBackward p(args);
  check_indices(args, "token id (at most)", p.ids, p.batch * p.length, p.vocabulary);
  const float* grad = as_float(context, p.grad, p.batch * p.length * p.width);
  const int64_t w = p.width;
  if (p.grad_table) {
    for (int64_t i = 0; i < p.vocabulary * w; i++) p.grad_table[i] = 0;
    for (int64_t r = 0; r < p.batch * p.length; r++)
      for (int64_t i = 0; i < w; i++) p.grad_table[p.ids[r] * w + i] += grad[r * w + i];
  }
  if (p.grad_position) {
    for (int64_t i = 0; i < p.context * w; i++) p.grad_position[i] = 0;
    for (int64_t r = 0; r < p.batch * p.length; r++)
      for (int64_t i = 0; i < w; i++) p.grad_position[r % p.length * w + i] += grad[r * w + i];
  }
}

}  // namespace msta::MSTA_ISA
