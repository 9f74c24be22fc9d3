#pragma once
#include "../../runtime/arg_reader.h"

// token_embed: out[b, l] = table[ids[b, l]] + position[l]
namespace msta::MSTA_ISA {

struct TokenEmbedForward {
  int64_t batch, length, vocabulary, width;
  int32_t* ids;             // [batch, length]
  Operand table, position;  // [vocabulary, width], [>= length, width]
  Operand out;              // [batch, length, width]

  explicit TokenEmbedForward(const KernelArgs& args) {
    ArgReader read(args);
    batch = read.dimension("batch"), length = read.dimension("length");
    vocabulary = read.dimension("vocabulary"), width = read.dimension("width");
    ids = read.i32("ids", batch * length);
    table = read.required("table", vocabulary * width);
    position = read.required("position", length * width);
    out = read.required("out", batch * length * width);
  }
};

struct TokenEmbedBackward {
  int64_t batch, length, vocabulary, width, context;
  Operand grad;          // [batch, length, width]
  int32_t* ids;          // [batch, length]
  float* grad_table;     // [vocabulary, width], optional
  float* grad_position;  // [context, width], optional; rows from length on are zero

  explicit TokenEmbedBackward(const KernelArgs& args) {
    ArgReader read(args);
    batch = read.dimension("batch"), length = read.dimension("length");
    vocabulary = read.dimension("vocabulary"), width = read.dimension("width"),
    context = read.dimension("context");
    grad = read.required("grad", batch * length * width);
    ids = read.i32("ids", batch * length);
    grad_table = read.optional_f32("grad_table", vocabulary * width);
    grad_position = read.optional_f32("grad_position", context * width);
    if (grad_position && length > context) fail_kernel(args, "length (at most)", context, length);
  }
};

// Throws when an index lies outside [0, limit).
inline void check_indices(const KernelArgs& args, const char* name, const int32_t* ids, int64_t count,
                          int64_t limit) {
  for (int64_t i = 0; i < count; i++)
    if (ids[i] < 0 || ids[i] >= limit) fail_kernel(args, name, limit - 1, ids[i]);
}

}  // namespace msta::MSTA_ISA
