#pragma once
#include "../../runtime/arg_reader.h"

// gather_rows: out[i] = x[indices[i]]; backward adds each row back (rows not named get zero).
namespace msta::MSTA_ISA {

struct GatherRows {
  int64_t rows, width, count;
  Operand x;         // forward: [rows, width]; backward: grad of out [count, width]
  int32_t* indices;  // [count]
  Operand out;       // forward: [count, width]; backward: grad of x [rows, width]

  GatherRows(const KernelArgs& args, bool backward) {
    ArgReader read(args);
    rows = read.dimension("rows"), width = read.dimension("width"), count = read.dimension("count");
    x = read.required("x", (backward ? count : rows) * width);
    indices = read.i32("indices", count);
    out = read.required("out", (backward ? rows : count) * width);
  }
};

}  // namespace msta::MSTA_ISA
