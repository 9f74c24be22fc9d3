#pragma once
#include "../kernels/linear/packing.h"
#include "gemm.h"

// A frozen weight in one of the forms of `Packing`, and its products.
//   float32   panels [columns / panel_width][depth][panel_width]
//   bfloat16  panels [columns / panel_width][depth / 2][panel_width][2]
//   int8      panels [columns / panel_width][depth / 4][panel_width][4], then a float32 scale and an int32
//   sum for
//             every column
namespace msta::MSTA_ISA {

struct PackedWeight {
  Packing packing;
  void* data;
  int64_t depth, columns;
};

// Packs element (k, n) = b(k, n).
void pack_weight(KernelContext& context, const Matrix& b, const PackedWeight& packed);

// out[n][k] = element (k, n) as it counts in a product: float32 and bfloat16 exactly, int8 times its scale.
void unpack_weight(KernelContext& context, const PackedWeight& packed, DType out_dtype, void* out);

// C [rows, columns] = epilogue(A [rows, depth] * packed). bfloat16 rounds A to bfloat16, int8 rounds every
// row of A to 256 steps over its range.
void multiply_weight(KernelContext& context, int64_t rows, const Matrix& a, const PackedWeight& packed,
                     void* c, DType c_dtype, int64_t c_stride, const Epilogue& epilogue);

// C [rows, depth] = A [rows, columns] * packed^T. bfloat16 and int8 (its scales first) round A to bfloat16.
void multiply_transposed_weight(KernelContext& context, int64_t rows, const Matrix& a,
                                const PackedWeight& packed, void* c, DType c_dtype, int64_t c_stride);

}  // namespace msta::MSTA_ISA
