#include "adamw.h"

#include "../../cpu/kernels.h"
#include "../../cpu/simd.h"

namespace msta::MSTA_ISA {

void adamw(const KernelArgs& args, KernelContext& context) {
  const AdamW p(args);
  const AdamWFactors f(p);
  constexpr int64_t block = 16384;
  const auto blocks_of = [](const AdamWPart& part) { return (part.count + block - 1) / block; };
  int64_t blocks = 0;
  for (int i = 0; i < p.tensors; i++) blocks += blocks_of(p.parts[i]);
  context.parallel_for(blocks, [&](int64_t b, int) {
    const AdamWPart* part = p.parts;
    for (; b >= blocks_of(*part); part++) b -= blocks_of(*part);
    const int64_t last = (b + 1) * block < part->count ? (b + 1) * block : part->count;
    for (int64_t i = b * block; i < last; i++) {
      const float g = part->grad ? part->grad[i] : 0.f;
      const float m = part->first_moment[i] = f.beta1 * part->first_moment[i] + f.rest1 * g;
      const float v = part->second_moment[i] = f.beta2 * part->second_moment[i] + f.rest2 * g * g;
      part->parameter[i] =
          part->parameter[i] * f.decay - f.step_size * m / (__builtin_sqrtf(v) * f.root + f.eps);
    }
  });
}

}  // namespace msta::MSTA_ISA
