#include "adamw.h"

#include "../../cpu/kernels.h"
#include "../../cpu/simd.h"

namespace msta::MSTA_ISA {

void adamw(const KernelArgs& args, KernelContext& context) {
  const AdamW p(args);
  const double correction1 = 1 - __builtin_pow(p.beta1, static_cast<double>(p.step));
  const double correction2 = 1 - __builtin_pow(p.beta2, static_cast<double>(p.step));
  const auto decay = static_cast<float>(1 - p.learning_rate * p.weight_decay);
  const auto step_size = static_cast<float>(p.learning_rate / correction1);
  const auto root = static_cast<float>(1 / __builtin_sqrt(correction2));
  const auto beta1 = static_cast<float>(p.beta1), beta2 = static_cast<float>(p.beta2);
  const auto rest1 = static_cast<float>(1 - p.beta1), rest2 = static_cast<float>(1 - p.beta2);
  const auto eps = static_cast<float>(p.eps);
  constexpr int64_t block = 16384;
  context.parallel_for((p.count + block - 1) / block, [&](int64_t b, int) {
    const int64_t last = (b + 1) * block < p.count ? (b + 1) * block : p.count;
    for (int64_t i = b * block; i < last; i++) {
      const float g = p.grad ? p.grad[i] : 0.f;
      const float m = p.first_moment[i] = beta1 * p.first_moment[i] + rest1 * g;
      const float v = p.second_moment[i] = beta2 * p.second_moment[i] + rest2 * g * g;
      p.parameter[i] = p.parameter[i] * decay - step_size * m / (__builtin_sqrtf(v) * root + eps);
    }
  });
}

}  // namespace msta::MSTA_ISA
