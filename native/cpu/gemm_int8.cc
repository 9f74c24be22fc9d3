#include "gemm_int8.h"

#ifdef __AVX512VNNI__
#include <immintrin.h>
#endif

namespace msta::MSTA_ISA {

namespace {

typedef uint8_t vb __attribute__((vector_size(lanes)));

constexpr float rounding =
    12582912.f;  // 1.5 * 2^23: adding it rounds to an integer, which the low bits then hold

inline vi load_quads(const void* p) {
  vi quads;
  __builtin_memcpy(&quads, p, sizeof quads);
  return quads;
}

// c + the four products of each lane.
inline vi dot(vi c, vi unsigned_bytes, vi signed_bytes) {
#ifdef __AVX512VNNI__
  return (vi)_mm512_dpbusd_epi32((__m512i)c, (__m512i)unsigned_bytes, (__m512i)signed_bytes);
#else
  for (int i = 0; i < 4; i++) c += (unsigned_bytes >> 8 * i & 255) * (signed_bytes << (24 - 8 * i) >> 24);
  return c;
#endif
}

template <int rows>
void tile(int64_t quads, const uint8_t* __restrict a, int64_t stride, const int8_t* __restrict panel,
          int32_t* out, int64_t out_stride) {
  vi c[rows][2] = {};
  for (int64_t k = 0; k < quads; k++) {
    const vi b0 = load_quads(panel), b1 = load_quads(panel + 4 * lanes);
    panel += 4 * panel_width;
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
      int32_t quad;
      __builtin_memcpy(&quad, a + r * stride + 4 * k, sizeof quad);
      const vi x = quad - vi{};
      c[r][0] = dot(c[r][0], x, b0);
      c[r][1] = dot(c[r][1], x, b1);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++) __builtin_memcpy(out + r * out_stride, c[r], sizeof c[r]);
}

template <class T>
RowScale quantize(const T* x, int64_t depth, uint8_t* bytes) {
  vf low = {}, high = {}, poison = {};
  const auto look = [&](vf v) {
    low = min(v, low);
    high = max(v, high);
    poison += v - v;  // NaN from what is not finite
  };
  int64_t k = 0;
  for (; k + lanes <= depth; k += lanes) look(load(x + k));
  if (k < depth) look(load_first(x + k, depth - k));
  const float least = -max_lane(-low), range = max_lane(high) - least;
  const float scale = range / 255.f + sum(poison);
  if (!(range >= smallest_int8_range) || !(scale - scale == 0)) {
    __builtin_memset(bytes, 0, static_cast<size_t>(round_up(depth, 4)));
    return {scale - scale, 0};
  }
  const float inverse = 255.f / range;
  const float position = -least * inverse;
  const float zero = ((position < 255.f ? position : 255.f) + rounding) - rounding;
  const vf first = splat(-zero), last = splat(255.f - zero);
  const auto quantized = [&](vf v) {
    // Clamping before the sum keeps it from being fused with the product: every instruction set rounds alike.
    v = min(max(v * inverse, first), last);
    // By way of 16 bits: straight to 8, compilers take every number by itself.
    return __builtin_convertvector(__builtin_convertvector((vu)(v + (rounding + zero)), vh), vb);
  };
  for (k = 0; k + lanes <= depth; k += lanes) {
    const vb q = quantized(load(x + k));
    __builtin_memcpy(bytes + k, &q, sizeof q);
  }
  if (k < depth) {
    const vb q = quantized(load_first(x + k, depth - k));
    __builtin_memset(bytes + k, 0, static_cast<size_t>(round_up(depth, 4) - k));
    __builtin_memcpy(bytes + k, &q, static_cast<size_t>(depth - k));
  }
  return {scale, static_cast<int32_t>(zero)};
}

// One column, `stride` between its values.
template <class T>
void pack_column(const T* b, int64_t stride, int64_t depth, int8_t* panel, float& scale, int32_t& sum) {
  float largest = 0, poison = 0;
  for (int64_t k = 0; k < depth; k++) {
    const float value = to_float(b[k * stride]), magnitude = __builtin_fabsf(value);
    largest = magnitude > largest ? magnitude : largest;
    poison += value - value;
  }
  scale = largest / 127.f + poison;
  sum = 0;
  if (!(largest >= smallest_int8_range) || !(scale - scale == 0)) {
    scale -= scale;
    return;
  }
  for (int64_t k = 0; k < depth; k++) {
    const float nearest = (to_float(b[k * stride]) / scale + rounding) - rounding;
    const int8_t byte = static_cast<int8_t>(nearest);
    panel[k / 4 * 4 * panel_width + k % 4] = byte;
    sum += byte;
  }
}

}  // namespace

void pack_panel_int8(const Matrix& b, int64_t depth, int64_t columns, int64_t column, int8_t* panel,
                     float* scales, int32_t* sums) {
  const int64_t width = smaller(panel_width, columns - column);
  __builtin_memset(panel, 0, static_cast<size_t>(panel_size_int8(depth)));
  for (int64_t j = width; j < panel_width; j++) scales[j] = 0, sums[j] = 0;
  MSTA_FOR_DTYPE(b.dtype, T, {
    for (int64_t j = 0; j < width; j++)
      pack_column(static_cast<const T*>(b.data) + (column + j) * b.column_stride, b.row_stride, depth,
                  panel + 4 * j, scales[j], sums[j]);
  })
}

RowScale quantize_row(const float* x, int64_t depth, uint8_t* bytes) { return quantize(x, depth, bytes); }
RowScale quantize_row(const bf16* x, int64_t depth, uint8_t* bytes) { return quantize(x, depth, bytes); }

void multiply_tile_int8(int64_t rows, int64_t depth, const uint8_t* a, int64_t row_stride,
                        const int8_t* panel, int32_t* out, int64_t out_stride) {
  const int64_t quads = (depth + 3) / 4;
  int64_t r = 0;
  const auto step = [&](auto tile_function, int64_t count) {
    for (; rows - r >= count; r += count)
      tile_function(quads, a + r * row_stride, row_stride, panel, out + r * out_stride, out_stride);
  };
  step(tile<tile_rows>, tile_rows);
  if constexpr (tile_rows > 8) step(tile<8>, 8);
  if constexpr (tile_rows > 4) step(tile<4>, 4);
  step(tile<2>, 2);
  step(tile<1>, 1);
}

}  // namespace msta::MSTA_ISA
