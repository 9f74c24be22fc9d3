#pragma once
#include "../../runtime/arg_reader.h"

// cosine: out[i, j] = scale * cos(a_i, b_j); paired: out[i] = scale * cos(a_i, b_i). A zero vector has cosine
// 0.
namespace msta::MSTA_ISA {

struct CosineShape {
  int64_t rows, columns, width;
  float scale;
  bool paired;
  int64_t out_size() const { return paired ? rows : rows * columns; }

  explicit CosineShape(ArgReader& read) {
    rows = read.dimension("rows"), columns = read.dimension("columns"), width = read.dimension("width");
    scale = static_cast<float>(read.number());
    paired = read.integer() != 0;
    if (paired && rows != columns) fail_kernel(read.args(), "columns", rows, columns);
  }
};

struct CosineForward {
  CosineShape shape;
  Operand a, b;  // [rows, width], [columns, width]
  float* out;    // [rows, columns] or [rows]

  explicit CosineForward(const KernelArgs& args) : CosineForward(ArgReader(args)) {}

 private:
  explicit CosineForward(ArgReader read) : shape(read) {
    a = read.required("a", shape.rows * shape.width);
    b = read.required("b", shape.columns * shape.width);
    out = read.f32("out", shape.out_size());
  }
};

struct CosineBackward {
  CosineShape shape;
  float* grad;  // as out
  Operand a, b;
  Operand grad_a, grad_b;  // each optional

  explicit CosineBackward(const KernelArgs& args) : CosineBackward(ArgReader(args)) {}

 private:
  explicit CosineBackward(ArgReader read) : shape(read) {
    grad = read.f32("grad", shape.out_size());
    a = read.required("a", shape.rows * shape.width);
    b = read.required("b", shape.columns * shape.width);
    grad_a = read.optional("grad_a", shape.rows * shape.width);
    grad_b = read.optional("grad_b", shape.columns * shape.width);
  }
};

}  // namespace msta::MSTA_ISA
