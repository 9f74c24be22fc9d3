#pragma once
#include "gemm.h"

// Products of bfloat16 matrices on pairs along the depth, accumulated in float32: by vdpbf16ps where the
// build has it, elsewhere by exact widening.
namespace msta::MSTA_ISA {

// Elements of one packed panel: [ceil(depth / 2)][panel_width][2].
inline int64_t panel_size_bf16(int64_t depth) { return round_up(depth, 2) * panel_width; }

// Packs b(k, column + j) as element [k / 2][j][k % 2] of a panel, float32 rounded to bfloat16; columns and a
// last row past the end are zero.
void pack_panel_bf16(const Matrix& b, int64_t depth, int64_t columns, int64_t column, bf16* panel);

// out[rows][panel_width] (+)= a * panel. a(r, k) = a[r * row_stride + k]; where depth is odd, one zero more
// follows in every row.
void multiply_tile_bf16(int64_t rows, int64_t depth, const bf16* a, int64_t row_stride, const bf16* panel,
                        float* out, int64_t out_stride, bool accumulate);

}  // namespace msta::MSTA_ISA
