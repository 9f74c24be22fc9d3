#include "gemm_parts.h"

namespace msta::cuda {

namespace {

constexpr int lines_per_block = 8;  // a warp each

// The terms of a factor's lines, padded with zeros to `padded` elements; `second` may be null.
template <class T>
__global__ void __launch_bounds__(32 * lines_per_block)
    split_into_terms(const T* source, int64_t lines, int64_t length, int64_t stride, bool vectors,
                     bf16* first, bf16* second, int64_t padded) {
  const int64_t line = int64_t{blockIdx.x} * lines_per_block + threadIdx.x / 32;
  if (line >= lines) return;
  for (int64_t i = threadIdx.x % 32 * 8; i < padded; i += 32 * 8) {
    float x[8], rest[8];
    load_some(source + line * stride + i, length - i, vectors, x);
#pragma unroll
    for (int j = 0; j < 8; j++) {
      const float difference = x[j] - to_float(to_bf16(x[j]));
      rest[j] = difference - difference == 0 ? difference : 0.f;  // none beside infinity and NaN
    }
    store_vector(first + line * padded + i, x);
    if (second) store_vector(second + line * padded + i, rest);
  }
}

}  // namespace

Terms as_terms(Gpu& gpu, const Factor& factor) {
  const int64_t lines = factor.lines(), length = factor.length(), padded = ceil_div(length, 8) * 8;
  const bool vectors = suits_vectors(factor.data, factor.dtype, factor.line_stride());
  const bool is_bf16 = factor.dtype == DType::bf16;
  if (is_bf16 && vectors && padded == length) {
    const auto* data = static_cast<const bf16*>(factor.data);
    return {{data, data}, 1, factor.sides, factor.depth, factor.line_stride(), factor.along_depth()};
  }
  bf16* first = gpu.scratch<bf16>(lines * padded);
  bf16* second = is_bf16 ? nullptr : gpu.scratch<bf16>(lines * padded);
  MSTA_FOR_DTYPE(factor.dtype, T, {
    launch(gpu, split_into_terms<T>, grid_of(lines, lines_per_block, INT32_MAX), 32 * lines_per_block, 0,
           static_cast<const T*>(factor.data), lines, length, factor.line_stride(), vectors, first, second,
           padded);
  })
  return {{first, second ? second : first},
          second ? 2 : 1,
          factor.sides,
          factor.depth,
          padded,
          factor.along_depth()};
}

}  // namespace msta::cuda
