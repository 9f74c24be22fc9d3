#pragma once
#include "../../runtime/arg_reader.h"

// random_normal: out[i] = deviation * normal number i of Philox(seed, stream), by Box-Muller.
namespace msta::MSTA_ISA {

struct RandomNormal {
  int64_t count;
  float deviation;
  uint64_t seed, stream;
  Operand out;  // [count]

  explicit RandomNormal(const KernelArgs& args) {
    ArgReader read(args);
    count = read.dimension("count");
    deviation = static_cast<float>(read.number());
    seed = static_cast<uint64_t>(read.number()), stream = static_cast<uint64_t>(read.number());
    out = read.required("out", count);
  }
};

}  // namespace msta::MSTA_ISA
