#include "reduce_mean.h"

#include "../../cpu/kernels.h"
#include "../../cpu/simd.h"

namespace msta::MSTA_ISA {

void reduce_mean_forward(const KernelArgs& args, KernelContext&) {
  const ReduceMean p(args, false);
  // Sums side by side, so that they fill a vector register.
  constexpr int64_t lanes = 8;
  double sums[lanes] = {};
  const auto add = [&](int64_t i, int64_t lane) {
    const double x = p.in[i];
    sums[lane] += p.squares ? x * x : x;
  };
  const int64_t whole = p.count / lanes * lanes;
  for (int64_t i = 0; i < whole; i += lanes)
    for (int64_t lane = 0; lane < lanes; lane++) add(i + lane, lane);
  for (int64_t i = whole; i < p.count; i++) add(i, i - whole);
  double total = 0;
  for (const double sum : sums) total += sum;
  p.out[0] = static_cast<float>(total / static_cast<double>(p.count));
}

void reduce_mean_backward(const KernelArgs& args, KernelContext&) {
  const ReduceMean p(args, true);
  for (int64_t i = 0; i < p.count; i++) p.out[i] = p.in[0] / static_cast<float>(p.count);
}

}  // namespace msta::MSTA_ISA
