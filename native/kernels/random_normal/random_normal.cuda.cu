#include "random_normal.h"

#include "../../cuda/elements.h"
#include "../../cuda/kernels.h"
#include "../../cuda/philox.h"

namespace msta::cuda {

namespace {

// Two of the numbers from each of a block's two pairs of random words, by Box-Muller.
__device__ __forceinline__ void box_muller(const Philox4& random, float deviation, float (&normal)[4]) {
#pragma unroll
  for (int pair = 0; pair < 4; pair += 2) {
    const float u = (static_cast<float>(random.value[pair] >> 8) + 0.5f) * 0x1p-24f;  // in (0, 1)
    const float angle = static_cast<float>(random.value[pair + 1] >> 8) * (6.2831853f * 0x1p-24f);
    const float radius = sqrtf(-2.f * logf(u));
    normal[pair] = deviation * (radius * cosf(angle));
    normal[pair + 1] = deviation * (radius * sinf(angle));
  }
}

template <bool vectors>
__global__ void fill_normal(const RandomNormal p) {
  const int64_t stride = int64_t{gridDim.x} * blockDim.x * 4;
  for (int64_t i = (int64_t{blockIdx.x} * blockDim.x + threadIdx.x) * 4; i < p.count; i += stride) {
    float normal[4];
    box_muller(philox(p.seed, p.stream, static_cast<uint64_t>(i / 4)), p.deviation, normal);
    if (vectors && i + 4 <= p.count) {
      store(p.out, i, normal);
    } else {
#pragma unroll
      for (int j = 0; j < 4; j++)
        if (i + j < p.count) put(p.out, i + j, normal[j]);
    }
  }
}

}  // namespace

void random_normal(const KernelArgs& args, Gpu& gpu) {
  const RandomNormal p(args);
  launch(gpu, all_suit(4, 0, p.out) ? fill_normal<true> : fill_normal<false>, grid_of(p.count, 4 * 256), 256,
         0, p);
}

}  // namespace msta::cuda
