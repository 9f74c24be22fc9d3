#include "reduce_mean.h"

#include "../../cpu/kernels.h"
#include "../../cpu/simd.h"

namespace msta::MSTA_ISA {

void reduce_mean_forward(const KernelArgs& args, KernelContext&) {
  const ReduceMean p(args, false);
  double total = 0;
  for (int64_t i = 0; i < p.count; i++) total += p.in[i];
  p.out[0] = static_cast<float>(total / static_cast<double>(p.count));
}

void reduce_mean_backward(const KernelArgs& args, KernelContext&) {
  const ReduceMean p(args, true);
  for (int64_t i = 0; i < p.count; i++) p.out[i] = p.in[0] / static_cast<float>(p.count);
}

}  // namespace msta::MSTA_ISA
