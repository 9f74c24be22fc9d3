#pragma once
#include "gemm.h"

// Products of bytes, accumulated exactly in 32 bits: rows of x as uint8 with a scale and a zero point each,
// columns of the weight as int8 with a scale each. By vpdpbusd where the build has it.
namespace msta::MSTA_ISA {

// Bytes of one packed panel: [ceil(depth / 4)][panel_width][4].
inline int64_t panel_size_int8(int64_t depth) { return round_up(depth, 4) * panel_width; }

// Below this, a whole row's or column's values count as zero: their scale would leave float32's normal range.
constexpr float smallest_int8_range = 0x1p-100f;

// b(k, column + j) ~ panel[k / 4][j][k % 4] * scales[j], symmetric: the largest magnitude is 127. sums[j] is
// the sum of the column's bytes. What lies past the end is zero. A column that is not finite gets the scale
// NaN.
void pack_panel_int8(const Matrix& b, int64_t depth, int64_t columns, int64_t column, int8_t* panel,
                     float* scales, int32_t* sums);

// x[k] ~ (bytes[k] - zero) * scale
struct RowScale {
  float scale;
  int32_t zero;
};

// Quantises `depth` neighbouring values so that their range and 0 fill 0..255; zero bytes follow up to a
// multiple of
// 4. A row that is not finite gets the scale NaN.
RowScale quantize_row(const float* x, int64_t depth, uint8_t* bytes);
RowScale quantize_row(const bf16* x, int64_t depth, uint8_t* bytes);

// out[rows][panel_width] = a * panel. a(r, k) = a[r * row_stride + k], zero from depth up to a multiple of 4.
void multiply_tile_int8(int64_t rows, int64_t depth, const uint8_t* a, int64_t row_stride,
                        const int8_t* panel, int32_t* out, int64_t out_stride);

}  // namespace msta::MSTA_ISA
