#pragma once
#include "../../runtime/dtype.h"

namespace msta::MSTA_ISA {

// The forms a frozen weight [out, in] is rearranged into for the CPU's matrix products (cpu/packed_weight.h).
enum class Packing { none = 0, float32 = 1, bfloat16 = 2, int8 = 3 };

// Room that a packed weight takes. Panels are at most 32 columns wide; how wide, the instruction set decides.
struct PackedSize {
  DType dtype;
  int64_t elements;
};
inline PackedSize packed_weight_size(Packing packing, int64_t in_features, int64_t out_features) {
  const int64_t columns = (out_features + 31) / 32 * 32;
  switch (packing) {
    case Packing::bfloat16:
      return {DType::bf16, columns * ((in_features + 1) / 2 * 2)};
    case Packing::int8:  // values, then a float32 scale and an int32 sum a column
      return {DType::u8, columns * ((in_features + 3) / 4 * 4 + 8)};
    default:
      return {DType::f32, columns * in_features};
  }
}

// Up to here sums of products of bytes stay within 32 bits.
constexpr int64_t most_int8_depth = 65536;

}  // namespace msta::MSTA_ISA
