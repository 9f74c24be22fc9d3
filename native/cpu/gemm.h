#pragma once
#include "../runtime/kernel.h"
#include "simd.h"

// Matrix products for the CPU kernels: C = epilogue(A * B), B in packed panels, accumulation in float32.
namespace msta::MSTA_ISA {

// Register tile: tile_rows x panel_width accumulators fill the vector registers.
#if defined(__AVX512F__)
constexpr int tile_rows = 14;
#elif defined(__AVX2__)
constexpr int tile_rows = 6;
#else
constexpr int tile_rows = 4;
#endif
constexpr int panel_width = 2 * lanes;

// A float32 or bfloat16 matrix with any strides, in elements.
struct Matrix {
  const void* data;
  DType dtype;
  int64_t row_stride, column_stride;
};
inline Matrix row_major(const Operand& x, int64_t columns) { return {x.data, x.dtype, columns, 1}; }
inline Matrix row_major(const float* x, int64_t columns) { return {x, DType::f32, columns, 1}; }
inline Matrix transposed(Matrix m) { return {m.data, m.dtype, m.column_stride, m.row_stride}; }

enum class Activation { none = 0, quick_gelu = 1, relu = 2 };

// c = residual + scale * activation(a * b + bias); every part optional. `pre_activation` keeps a * b + bias.
struct Epilogue {
  const float* bias = nullptr;
  Activation activation = Activation::none;
  float scale = 1;
  void* pre_activation = nullptr;  // same type and layout as c
  const void* residual = nullptr;  // same type and layout as c; may be c itself
};

inline int64_t round_up(int64_t x, int64_t step) { return (x + step - 1) / step * step; }
inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

// Elements of the packed form of a [depth, columns] matrix: panels [columns /
// panel_width][depth][panel_width].
inline int64_t packed_size(int64_t depth, int64_t columns) { return round_up(columns, panel_width) * depth; }

// Packs element (k, n) = b(k, n); columns past the end are zero.
void pack(KernelContext& context, const Matrix& b, int64_t depth, int64_t columns, float* packed);
// One panel, first column `column`; for kernels that pack inside a parallel loop.
void pack_panel(const Matrix& b, int64_t depth, int64_t columns, int64_t column, float* panel);

// A tile of the product: out[rows][panel_width] (+)= a * panel, for up to tile_rows rows.
// a(r, k) = a[r * row_stride + k * column_stride], one of the strides 1.
void multiply_tile(int64_t rows, int64_t depth, const float* a, int64_t row_stride, int64_t column_stride,
                   const float* panel, float* out, int64_t out_stride, bool accumulate);

// C [rows, columns] = epilogue(A [rows, depth] * packed). C is row-major with `c_stride` between rows.
void multiply_packed(KernelContext& context, int64_t rows, int64_t depth, int64_t columns, const Matrix& a,
                     const float* packed, void* c, DType c_dtype, int64_t c_stride, const Epilogue& epilogue);

// The same with B packed on the way.
void multiply(KernelContext& context, int64_t rows, int64_t depth, int64_t columns, const Matrix& a,
              const Matrix& b, void* c, DType c_dtype, int64_t c_stride, const Epilogue& epilogue);

// out[n] = sum over rows of x[., n], in an order that does not depend on the number of threads.
void column_sums(KernelContext& context, int64_t rows, int64_t columns, const Operand& x, float* out);

// x as float32: itself, or widened into scratch. Null stays null.
const float* as_float(KernelContext& context, const Operand& x, int64_t count);

// Derivative of the activation at the stored pre-activation (quick_gelu) or output (relu).
vf activation_slope(Activation activation, vf x);

}  // namespace msta::MSTA_ISA
