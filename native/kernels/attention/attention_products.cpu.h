#pragma once
#include "../../cpu/gemm_bf16.h"
#include "../../cpu/transpose.h"
#include "attention_head.cpu.h"

// Matrix products in either type of factors, told apart by the type of the panels. In both a panel holds
// panel_width elements for each step of the depth, rounded up to whole pairs.
namespace msta::MSTA_ISA {

// Whether products of bfloat16 factors are faster here than those of the same factors widened.
#ifdef __AVX512BF16__
constexpr bool multiplies_bf16 = true;
#else
constexpr bool multiplies_bf16 = false;
#endif

inline int64_t panel_size(int64_t depth) { return panel_size_bf16(depth); }

// out(c, r) = m(first + r, c) for c < columns, with zeros from `rows` to `end`.
template <class T, class E>
void transpose_rows(const T* m, int64_t row_stride, int64_t rows, int64_t columns, E* out, int64_t out_stride,
                    int64_t end) {
  for (int64_t r = 0; r < end; r += lanes)
    for (int64_t c = 0; c < columns; c += lanes) {
      vf block[lanes];
#pragma GCC unroll 16
      for (int64_t i = 0; i < lanes; i++)
        block[i] = r + i < rows ? load_some(m + (r + i) * row_stride + c, columns - c) : vf{};
      transpose(block);
#pragma GCC unroll 16
      for (int64_t i = 0; i < lanes; i++)
        if (c + i < columns) store_some(out + (c + i) * out_stride + r, block[i], end - r);
    }
}

inline void pack_one(const Matrix& b, int64_t depth, int64_t columns, int64_t column, float* panel) {
  pack_panel(b, depth, columns, column, panel);
}
inline void pack_one(const Matrix& b, int64_t depth, int64_t columns, int64_t column, bf16* panel) {
  pack_panel_bf16(b, depth, columns, column, panel);
}
template <class E>
inline void pack_panels(const Matrix& b, int64_t depth, int64_t columns, E* panels) {
  for (int64_t n = 0; n < columns; n += panel_width, panels += panel_size(depth))
    pack_one(b, depth, columns, n, panels);
}

// Packs m^T: the columns of the panels are rows of m.
inline void pack_transposed(const Matrix& m, int64_t rows, int64_t columns, float* panels) {
  pack_panels(transposed(m), columns, rows, panels);
}
inline void pack_transposed(const Matrix& m, int64_t rows, int64_t columns, bf16* panels) {
  if (m.dtype != DType::bf16 || columns % 2 || m.row_stride % 2) {
    pack_panels(transposed(m), columns, rows, panels);
    return;
  }
  // Pairs of neighbours stay together, as if they were float32.
  for (int64_t r = 0; r < rows; r += panel_width, panels += panel_size(columns))
    transpose_rows(reinterpret_cast<const float*>(row_of<bf16>(m, r)), m.row_stride / 2,
                   smaller(panel_width, rows - r), columns / 2, reinterpret_cast<float*>(panels), panel_width,
                   panel_width);
}

// out[rows][panel_width] (+)= a * panel. Where the depth is odd, a zero follows in every row of a.
inline void multiply_rows(int64_t rows, int64_t depth, const float* a, int64_t stride, const float* panel,
                          float* out, int64_t out_stride, bool accumulate) {
  multiply_tile(rows, depth, a, stride, 1, panel, out, out_stride, accumulate);
}
inline void multiply_rows(int64_t rows, int64_t depth, const bf16* a, int64_t stride, const bf16* panel,
                          float* out, int64_t out_stride, bool accumulate) {
  multiply_tile_bf16(rows, depth, a, stride, panel, out, out_stride, accumulate);
}

// Stores two neighbouring vectors as factors; returns total with what was stored added to some of its lanes.
inline vf store_factors(float* p, vf a, vf b, vf total) {
  store(p, a);
  store(p + lanes, b);
  return total + (a + b);
}
inline vf store_factors(bf16* p, vf a, vf b, vf total) {
#ifdef __AVX512BF16__
  const auto pairs = _mm512_cvtne2ps_pbh((__m512)b, (__m512)a);
  __builtin_memcpy(p, &pairs, sizeof pairs);
  return (vf)_mm512_dpbf16_ps((__m512)total, pairs, (__m512bh)_mm512_set1_epi32(0x3f803f80));
#else
  store(p, a);
  store(p + lanes, b);
  return total + (load(p) + load(p + lanes));
#endif
}

// out(r, c) = m(first + r, c), with zeros up to `stride` columns.
template <class E>
void copy_rows(const Matrix& m, int64_t first, int64_t rows, int64_t columns, E* out, int64_t stride) {
  MSTA_FOR_DTYPE(m.dtype, T, {
    for (int64_t r = 0; r < rows; r++, out += stride) {
      const T* row = static_cast<const T*>(m.data) + (first + r) * m.row_stride;
      int64_t c = 0;
      for (; c + lanes <= columns; c += lanes) store(out + c, load(row + c));
      for (; c < columns; c++) put(out + c, to_float(row[c]));
      for (; c < stride; c++) put(out + c, 0.f);
    }
  })
}

}  // namespace msta::MSTA_ISA
