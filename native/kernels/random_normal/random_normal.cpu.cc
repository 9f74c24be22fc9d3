#include "random_normal.h"

#include "../../cpu/gemm.h"
#include "../../cpu/kernels.h"
#include "../../cpu/philox.h"

namespace msta::MSTA_ISA {

void random_normal(const KernelArgs& args, KernelContext& context) {
  const RandomNormal p(args);
  constexpr int64_t block = 8192;
  context.parallel_for((p.count + block - 1) / block, [&](int64_t b, int) {
    const int64_t last = smaller(p.count, (b + 1) * block);
    for (int64_t i = b * block; i < last; i += 4) {
      const Philox4 random = philox(p.seed, p.stream, static_cast<uint64_t>(i / 4));
      float normal[4];
      for (int pair = 0; pair < 4; pair += 2) {
        const float u = (static_cast<float>(random.value[pair] >> 8) + 0.5f) * 0x1p-24f;  // in (0, 1)
        const float angle = static_cast<float>(random.value[pair + 1] >> 8) * (6.2831853f * 0x1p-24f);
        const float radius = __builtin_sqrtf(-2.f * __builtin_logf(u));
        normal[pair] = radius * __builtin_cosf(angle);
        normal[pair + 1] = radius * __builtin_sinf(angle);
      }
      MSTA_FOR_DTYPE(p.out.dtype, T, {
        for (int64_t j = i; j < smaller(i + 4, last); j++)
          put(static_cast<T*>(p.out.data) + j, p.deviation * normal[j - i]);
      })
    }
  });
}

}  // namespace msta::MSTA_ISA
