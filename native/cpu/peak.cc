#if defined(__AVX512BF16__) || defined(__AVX512VNNI__)
#include <immintrin.h>
#endif

#include "../runtime/arg_reader.h"
#include "kernels.h"
#include "simd.h"

// cpu_peak: what this build's multiplying instructions reach at most, on registers alone; a ceiling for the
// benchmark. Every thread of the pool does `rounds` rounds.
namespace msta::MSTA_ISA {

namespace {

// Enough independent sums to hide the latency of an instruction on every port, few enough for 16 registers.
constexpr int chains = 12;

// Operations of one round: `step` on each of `chains` sums, which the compiler must not see through.
template <class Sum, class Step>
inline float run_chains(int64_t rounds, Step step) {
  Sum sums[chains];
  for (int i = 0; i < chains; i++) {
    sums[i] = Sum{};
    asm volatile("" : "+m"(sums[i]));
  }
  for (int64_t r = 0; r < rounds; r++)
    for (int i = 0; i < chains; i++) sums[i] = step(sums[i]);
  Sum total = sums[0];
  for (int i = 1; i < chains; i++) total += sums[i];
  return static_cast<float>(total[0]);
}

enum Kind { fma_f32 = 0, dot_bf16 = 1, dot_int8 = 2 };

// Multiplications and additions of one instruction; 0 where this build has none of that kind.
double operations(int64_t kind) {
  if (kind == fma_f32) return 2 * lanes;
#ifdef __AVX512BF16__
  if (kind == dot_bf16) return 4 * lanes;
#endif
#ifdef __AVX512VNNI__
  if (kind == dot_int8) return 8 * lanes;
#endif
  return 0;
}

float spin(int64_t kind, int64_t rounds) {
#ifdef __AVX512BF16__
  if (kind == dot_bf16)
    return run_chains<vf>(rounds, [x = (__m512bh)_mm512_set1_epi16(0x3f80)](vf sum) {
      return (vf)_mm512_dpbf16_ps((__m512)sum, x, x);
    });
#endif
#ifdef __AVX512VNNI__
  if (kind == dot_int8)
    return run_chains<vi>(
        rounds, [x = _mm512_set1_epi8(1)](vi sum) { return (vi)_mm512_dpbusd_epi32((__m512i)sum, x, x); });
#endif
  return kind == fma_f32
             ? run_chains<vf>(rounds, [x = splat(0.5f), y = splat(1.f)](vf sum) { return sum * x + y; })
             : 0.f;
}

}  // namespace

void cpu_peak(const KernelArgs& args, KernelContext& context) {
  ArgReader read(args);
  const int64_t kind = read.integer(), rounds = read.dimension("rounds");
  float* out = read.f32("out", 1);
  float* sinks = context.scratch<float>(context.thread_count);
  context.parallel_for(context.thread_count, [&](int64_t index, int) { sinks[index] = spin(kind, rounds); });
  asm volatile("" : : "r"(sinks) : "memory");
  // The result: operations of all threads together.
  out[0] = static_cast<float>(operations(kind) * chains * static_cast<double>(rounds) * context.thread_count);
}

}  // namespace msta::MSTA_ISA
