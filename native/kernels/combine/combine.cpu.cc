#include "combine.h"

#include "../../cpu/gemm.h"
#include "../../cpu/kernels.h"

namespace msta::MSTA_ISA {

void combine(const KernelArgs& args, KernelContext& context) {
  const Combine p(args);
  constexpr int64_t block = 4096;
  context.parallel_for((p.count + block - 1) / block, [&](int64_t b, int) {
    const int64_t first = b * block, n = smaller(block, p.count - first);
    float total[block];
    for (int64_t i = 0; i < n; i++) total[i] = p.constant;
    for (int term = 0; term < p.terms; term++)
      MSTA_FOR_DTYPE(p.x[term].dtype, T, {
        const T* x = static_cast<const T*>(p.x[term].data) + first;
        for (int64_t i = 0; i < n; i++) total[i] += p.weights[term] * to_float(x[i]);
      })
    MSTA_FOR_DTYPE(p.out.dtype, T, {
      for (int64_t i = 0; i < n; i++) put(static_cast<T*>(p.out.data) + first + i, total[i]);
    })
  });
}

}  // namespace msta::MSTA_ISA
