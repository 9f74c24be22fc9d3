#pragma once
#include "gpu_stream.h"

// Matrix products on the GPU: C = epilogue(A * B), accumulated in float32 in a fixed order.
// Where A or B is bfloat16 the tensor cores multiply; a float32 matrix beside a bfloat16 one is split into
// two bfloat16 terms, which keep it to 2^-17. Two float32 matrices are multiplied in float32.
namespace msta::cuda {

// A float32 or bfloat16 matrix; strides in elements, one of them 1.
struct Matrix {
  const void* data;
  DType dtype;
  int64_t row_stride, column_stride;
};
inline Matrix row_major(const Operand& x, int64_t columns) { return {x.data, x.dtype, columns, 1}; }
inline Matrix row_major(const float* x, int64_t columns) { return {x, DType::f32, columns, 1}; }
inline Matrix transposed(const Matrix& m) { return {m.data, m.dtype, m.column_stride, m.row_stride}; }

enum class Activation { none = 0, quick_gelu = 1, relu = 2 };

// c = residual + scale * activation(a * b + bias); every part optional.
struct Epilogue {
  Operand bias = {};  // [columns]
  Activation activation = Activation::none;
  float scale = 1;
  void* pre_activation = nullptr;  // a * b + bias is kept here; type and layout of c
  const void* residual = nullptr;  // type and layout of c; may be c itself
};

// C [rows, columns] = epilogue(A [rows, depth] * B [depth, columns]); C is row-major, `c_stride` between
// rows. With depth 0 the product is 0.
void multiply(Gpu& gpu, int64_t rows, int64_t depth, int64_t columns, const Matrix& a, const Matrix& b,
              void* c, DType c_dtype, int64_t c_stride, const Epilogue& epilogue = {});

// out[n] = scale * sum over rows of x[., n]; out is float32 or bfloat16.
void column_sums(Gpu& gpu, int64_t rows, int64_t columns, const Operand& x, float scale, const Operand& out);

}  // namespace msta::cuda
