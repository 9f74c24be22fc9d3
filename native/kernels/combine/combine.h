#pragma once
#include "../../runtime/arg_reader.h"

// combine: out = constant + sum of weight_i * x_i, element by element; any storage types (so it also fills,
// scales and converts). out may be one of the x_i.
namespace msta::MSTA_ISA {

struct Combine {
  static constexpr int most_terms = 8;
  int64_t count, terms;
  float constant;
  float weights[most_terms];
  Operand x[most_terms];  // [count] each
  Operand out;            // [count]

  explicit Combine(const KernelArgs& args) {
    ArgReader read(args);
    count = read.dimension("count"), terms = read.dimension("terms");
    constant = static_cast<float>(read.number());
    if (terms > most_terms) fail_kernel(args, "terms (at most)", most_terms, terms);
    for (int i = 0; i < terms; i++) weights[i] = static_cast<float>(read.number());
    out = read.required("out", count);
    for (int i = 0; i < terms; i++) x[i] = read.required("x", count);
  }
};

}  // namespace msta::MSTA_ISA
