#pragma once
#include <cstdint>

namespace msta {

// Storage types. Sums are always float32; some products take bfloat16 or int8 numbers (cpu/packed_weight.h).
enum class DType : int32_t { f32 = 0, bf16 = 1, u8 = 2, i32 = 3 };

constexpr int64_t dtype_size(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return 4;
    case DType::bf16:
      return 2;
    case DType::u8:
      return 1;
    case DType::i32:
      return 4;
  }
  return 0;
}

constexpr const char* dtype_name(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "float32";
    case DType::bf16:
      return "bfloat16";
    case DType::u8:
      return "uint8";
    case DType::i32:
      return "int32";
  }
  return "?";
}

}  // namespace msta
