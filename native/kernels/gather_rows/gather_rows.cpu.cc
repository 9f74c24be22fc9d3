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

void gather_rows_backward(const KernelArgs& args, KernelContext&) {
  const GatherRows p(args, true);
  check_indices(args, "row index (at most)", p.indices, p.count, p.rows);
  MSTA_FOR_DTYPE(p.x.dtype, X, MSTA_FOR_DTYPE(p.out.dtype, O, {
                   O* out = static_cast<O*>(p.out.data);
                   for (int64_t i = 0; i < p.rows * p.width; i++) put(out + i, 0.f);
                   for (int64_t i = 0; i < p.count; i++)
                     for (int64_t j = 0; j < p.width; j++) {
                       O* target = out + p.indices[i] * p.width + j;
                       put(target, to_float(*target) + to_float(static_cast<const X*>(p.x.data)[i * p.width + j]));
                     }
                 }))
}

}  // namespace msta::MSTA_ISA
