#include "../runtime/arg_reader.h"
#include "kernels.h"
#include "simd.h"

namespace msta::MSTA_ISA {

namespace {
enum Fault { read_past, write_past, read_before, vector_past, scratch_past, keep, use_kept, overflow, race };
float* kept = nullptr;
}  // namespace

// What no kernel may do, done on purpose, and only in sanitizer builds: it shows that their reports come
// (scripts/sanitize/faults.mjs). Operand: x (n). Numbers: n, which fault.
void stray(const KernelArgs& args, KernelContext& context) {
  ArgReader reader(args);
  const int64_t n = reader.dimension("n"), fault = reader.integer();
  float* x = reader.f32("x", n);
  if (fault == read_past) x[0] = x[n];
  if (fault == write_past) x[n] = 1;
  if (fault == read_before) x[0] = x[-1];
  if (fault == vector_past) store(x, load_first(x + n - 2, 3));
  if (fault == scratch_past) context.scratch<float>(n)[n] = 1;
  if (fault == keep) kept = x;
  if (fault == use_kept) *kept += 1;
  if (fault == overflow) x[0] = static_cast<float>(static_cast<int32_t>(n) + INT32_MAX);
  if (fault == race) context.parallel_for(100000, [&](int64_t, int) { x[0] += 1; });
}

}  // namespace msta::MSTA_ISA
