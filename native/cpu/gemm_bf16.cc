#include "gemm_bf16.h"

#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

namespace msta::MSTA_ISA {

namespace {

// Two bfloat16 numbers, the first of them in the low half.
inline uint32_t load_pair(const bf16* p) {
  uint32_t pair;
  __builtin_memcpy(&pair, p, sizeof pair);
  return pair;
}

inline vu load_pairs(const bf16* p) {
  vu pairs;
  __builtin_memcpy(&pairs, p, sizeof pairs);
  return pairs;
}

#ifdef __AVX512BF16__
template <int rows>
inline __attribute__((always_inline)) void accumulate(int64_t pairs, const bf16* __restrict a, int64_t stride,
                                                      const bf16* __restrict panel, vf (&c)[rows][2]) {
  for (int64_t k = 0; k < pairs; k++) {
    const auto b0 = (__m512bh)load_pairs(panel), b1 = (__m512bh)load_pairs(panel + 2 * lanes);
    panel += 2 * panel_width;
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
      const auto x = (__m512bh)_mm512_set1_epi32(static_cast<int>(load_pair(a + r * stride + 2 * k)));
      c[r][0] = (vf)_mm512_dpbf16_ps((__m512)c[r][0], x, b0);
      c[r][1] = (vf)_mm512_dpbf16_ps((__m512)c[r][1], x, b1);
    }
  }
}
#else
template <int rows>
inline __attribute__((always_inline)) void accumulate(int64_t pairs, const bf16* __restrict a, int64_t stride,
                                                      const bf16* __restrict panel, vf (&c)[rows][2]) {
  for (int64_t k = 0; k < pairs; k++) {
    const vu b0 = load_pairs(panel), b1 = load_pairs(panel + 2 * lanes);
    panel += 2 * panel_width;
    const vf first0 = (vf)(b0 << 16), first1 = (vf)(b1 << 16);
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
      const vf x = splat(to_float(a[r * stride + 2 * k]));
      c[r][0] += x * first0;
      c[r][1] += x * first1;
    }
    const vf second0 = (vf)(b0 & 0xffff0000), second1 = (vf)(b1 & 0xffff0000);
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
      const vf x = splat(to_float(a[r * stride + 2 * k + 1]));
      c[r][0] += x * second0;
      c[r][1] += x * second1;
    }
  }
}
#endif

template <int rows>
void tile(int64_t pairs, const bf16* a, int64_t stride, const bf16* panel, float* out, int64_t out_stride,
          bool add) {
  vf c[rows][2];
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++) {
    c[r][0] = add ? load(out + r * out_stride) : vf{};
    c[r][1] = add ? load(out + r * out_stride + lanes) : vf{};
  }
  accumulate<rows>(pairs, a, stride, panel, c);
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++) {
    store(out + r * out_stride, c[r][0]);
    store(out + r * out_stride + lanes, c[r][1]);
  }
}

// Pairs of a row of b and the next (null past the end), of `width` neighbouring columns.
template <class T>
void pack_pair_of_rows(const T* row, const T* next, int64_t width, bf16* panel) {
  bf16 first[panel_width] = {}, second[panel_width] = {};
  int64_t j = 0;
  for (; j + lanes <= width; j += lanes) {
    store(first + j, load(row + j));
    if (next) store(second + j, load(next + j));
  }
  for (; j < width; j++) {
    put(first + j, to_float(row[j]));
    if (next) put(second + j, to_float(next[j]));
  }
  for (j = 0; j < panel_width; j += lanes) {
    vh low, high;
    __builtin_memcpy(&low, first + j, sizeof low);
    __builtin_memcpy(&high, second + j, sizeof high);
    const vu pairs = __builtin_convertvector(low, vu) | __builtin_convertvector(high, vu) << 16;
    __builtin_memcpy(panel + 2 * j, &pairs, sizeof pairs);
  }
}

// Pairs of the column at `b`, whose values are neighbours.
template <class T>
void pack_column(const T* b, int64_t depth, bf16* panel) {
  bf16 values[lanes];
  for (int64_t k = 0; k < depth; k += lanes) {
    const int64_t count = smaller(lanes, depth - k);
    store(values, count == lanes ? load(b + k) : load_first(b + k, count));
    for (int64_t i = 0; i < count; i += 2)
      __builtin_memcpy(panel + (k + i) * panel_width, values + i, 2 * sizeof(bf16));
  }
}

template <class T>
void pack_panel_of(const T* b, int64_t row_stride, int64_t column_stride, int64_t depth, int64_t width,
                   bf16* panel) {
  if (row_stride == 1) {
    if (width < panel_width)
      __builtin_memset(panel, 0, static_cast<size_t>(panel_size_bf16(depth)) * sizeof(bf16));
    for (int64_t j = 0; j < width; j++) pack_column(b + j * column_stride, depth, panel + 2 * j);
    return;
  }
  for (int64_t k = 0; k < depth; k += 2, panel += 2 * panel_width, b += 2 * row_stride) {
    const T* next = k + 1 < depth ? b + row_stride : nullptr;
    if (column_stride == 1) {
      pack_pair_of_rows(b, next, width, panel);
      continue;
    }
    for (int64_t j = 0; j < panel_width; j++) {
      put(panel + 2 * j, j < width ? to_float(b[j * column_stride]) : 0.f);
      put(panel + 2 * j + 1, j < width && next ? to_float(next[j * column_stride]) : 0.f);
    }
  }
}

}  // namespace

void pack_panel_bf16(const Matrix& b, int64_t depth, int64_t columns, int64_t column, bf16* panel) {
  const int64_t width = smaller(panel_width, columns - column);
  MSTA_FOR_DTYPE(b.dtype, T, {
    pack_panel_of(static_cast<const T*>(b.data) + column * b.column_stride, b.row_stride, b.column_stride,
                  depth, width, panel);
  })
}

void multiply_tile_bf16(int64_t rows, int64_t depth, const bf16* a, int64_t row_stride, const bf16* panel,
                        float* out, int64_t out_stride, bool accumulate) {
  const int64_t pairs = (depth + 1) / 2;
  int64_t r = 0;
  const auto step = [&](auto tile_function, int64_t count) {
    for (; rows - r >= count; r += count)
      tile_function(pairs, a + r * row_stride, row_stride, panel, out + r * out_stride, out_stride,
                    accumulate);
  };
  step(tile<tile_rows>, tile_rows);
  if constexpr (tile_rows > 8) step(tile<8>, 8);
  if constexpr (tile_rows > 4) step(tile<4>, 4);
  step(tile<2>, 2);
  step(tile<1>, 1);
}

}  // namespace msta::MSTA_ISA
