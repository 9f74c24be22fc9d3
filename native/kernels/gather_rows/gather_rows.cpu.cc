#include "gather_rows.h"

#include "../../cpu/kernels.h"
#include "../../cpu/simd.h"
#include "../token_embed/token_embed.h"

namespace msta::MSTA_ISA {

void gather_rows_forward(const KernelArgs& args, KernelContext&) {
  const GatherRows p(args, false);
  check_indices(args, "row index (at most)", p.indices, p.count, p.rows);
  MSTA_FOR_DTYPE(p.x.dtype, X, MSTA_FOR_DTYPE(p.out.dtype, O, {
                   for (int64_t i = 0; i < p.count; i++)
                     for (int64_t j = 0; j < p.width; j++)
                       put(static_cast<O*>(p.out.data) + i * p.width + j,
                           to_float(static_cast<const X*>(p.x.data)[p.indices[i] * p.width + j]));
                 }))
}

void gather_rows_backward(const KernelArgs& args, KernelContext& context) {
  const GatherRows p(args, true);
  check_indices(args, "row index (at most)", p.indices, p.count, p.rows);
  float* total =
      p.out.dtype == DType::f32 ? static_cast<float*>(p.out.data) : context.scratch<float>(p.rows * p.width);
  for (int64_t i = 0; i < p.rows * p.width; i++) total[i] = 0;
  MSTA_FOR_DTYPE(p.x.dtype, X, {
    for (int64_t i = 0; i < p.count; i++)
      for (int64_t j = 0; j < p.width; j++)
        total[p.indices[i] * p.width + j] += to_float(static_cast<const X*>(p.x.data)[i * p.width + j]);
  })
  if (p.out.dtype == DType::bf16)
    for (int64_t i = 0; i < p.rows * p.width; i++) put(static_cast<bf16*>(p.out.data) + i, total[i]);
}

}  // namespace msta::MSTA_ISA
