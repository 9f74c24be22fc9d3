#pragma once
#include "gpu.h"

// Random numbers by position: the same ones as cpu/philox.h.
namespace msta::cuda {

struct Philox4 {
  uint32_t value[4];
};

// Philox4x32-10 (Salmon et al., SC 2011): key = seed, counter = (index, stream).
__device__ __forceinline__ Philox4 philox(uint64_t seed, uint64_t stream, uint64_t index) {
  constexpr uint32_t m0 = 0xD2511F53, m1 = 0xCD9E8D57;
  uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
  uint32_t c0 = static_cast<uint32_t>(index), c1 = static_cast<uint32_t>(index >> 32);
  uint32_t c2 = static_cast<uint32_t>(stream), c3 = static_cast<uint32_t>(stream >> 32);
#pragma unroll
  for (int round = 0; round < 10; round++) {
    const uint32_t high0 = __umulhi(m0, c0), high1 = __umulhi(m1, c2);
    const uint32_t low0 = m0 * c0, low1 = m1 * c2;
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return {{c0, c1, c2, c3}};
}

}  // namespace msta::cuda
