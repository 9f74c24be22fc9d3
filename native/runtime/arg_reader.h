#pragma once
#include "kernel.h"

// Part of every build of the kernels, in its namespace: see "Instruction sets" in native/README.md.
namespace msta::MSTA_ISA {

// Hands out the operands and numbers of a call in order, checking each against the size the kernel needs:
// a wrong call from JavaScript is an error, never a stray pointer.
class ArgReader {
 public:
  explicit ArgReader(const KernelArgs& args) : args_(args) {}

  double number() {
    if (number_ >= args_.number_count)
      fail_kernel(args_, "number of parameters", number_ + 1, args_.number_count);
    return args_.numbers[number_++];
  }
  int64_t integer() {
    const double value = number();
    if (!(value >= -0x1p53 && value <= 0x1p53)) fail_kernel(args_, "an integer parameter", 0, -1);
    return static_cast<int64_t>(value);
  }
  // A size. No product of the sizes of a call, the zero ones aside, may leave 64 bits (with room for a
  // factor).
  int64_t dimension(const char* name) {
    const double value = number();
    if (!(value >= 0)) fail_kernel(args_, name, 0, -1);
    if (value > 1) product_ *= value;
    if (!(product_ <= 0x1p56)) fail_kernel(args_, name, int64_t{1} << 56, INT64_MAX);
    return static_cast<int64_t>(value);
  }
  // A coordinate: no factor of a size.
  int64_t coordinate(const char* name) {
    const double value = number();
    if (!(value >= 0 && value <= 0x1p31)) fail_kernel(args_, name, 0, -1);
    return static_cast<int64_t>(value);
  }

  Operand optional(const char* name, int64_t numel) {
    const Operand operand = any(name, numel);
    if (operand.data && operand.dtype != DType::f32 && operand.dtype != DType::bf16)
      fail_kernel(args_, name, static_cast<int64_t>(DType::f32), static_cast<int64_t>(operand.dtype));
    return operand;
  }
  Operand required(const char* name, int64_t numel) {
    const Operand operand = optional(name, numel);
    if (!operand.data && numel > 0) fail_kernel(args_, name, numel, 0);
    return operand;
  }
  // Of any storage type.
  Operand any(const char* name, int64_t numel) {
    if (operand_ >= args_.operand_count)
      fail_kernel(args_, "number of operands", operand_ + 1, args_.operand_count);
    const Operand operand = args_.operands[operand_++];
    if (operand.data && operand.numel < numel) fail_kernel(args_, name, numel, operand.numel);
    return operand;
  }
  // An operand that must be of one storage type, as a typed pointer.
  float* f32(const char* name, int64_t numel) { return typed<float>(name, numel, DType::f32, true); }
  float* optional_f32(const char* name, int64_t numel) {
    return typed<float>(name, numel, DType::f32, false);
  }
  int32_t* i32(const char* name, int64_t numel) { return typed<int32_t>(name, numel, DType::i32, true); }
  uint8_t* u8(const char* name, int64_t numel) { return typed<uint8_t>(name, numel, DType::u8, true); }

  const KernelArgs& args() const { return args_; }

 private:
  template <class T>
  T* typed(const char* name, int64_t numel, DType dtype, bool required_operand) {
    const Operand operand = any(name, numel);
    if (required_operand && !operand.data && numel > 0) fail_kernel(args_, name, numel, 0);
    if (operand.data && operand.dtype != dtype)
      fail_kernel(args_, name, static_cast<int64_t>(dtype), static_cast<int64_t>(operand.dtype));
    return static_cast<T*>(operand.data);
  }

  const KernelArgs& args_;
  int operand_ = 0, number_ = 0;
  double product_ = 1;
};

}  // namespace msta::MSTA_ISA
