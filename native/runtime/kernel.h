#pragma once
#include <cstdint>

#include "dtype.h"

// The one calling convention of every kernel on every device: operands by position, then numbers by
// position. native/kernels/<op>/<op>.h gives each position its name. Plain data only, so that a device
// plugin compiled by another compiler can share it.
namespace msta {

struct Operand {
  void* data;     // null where an optional operand is absent
  int64_t numel;  // elements available from data
  DType dtype;

  explicit operator bool() const { return data != nullptr; }
};

struct KernelArgs {
  const char* op;
  const Operand* operands;
  int32_t operand_count;
  const double* numbers;
  int32_t number_count;
};

// What a running kernel may use. Scratch lives until the kernel returns.
struct KernelContext {
  void* state;
  void* (*allocate_scratch)(void* state, int64_t bytes);
  // Runs body(arg, index, thread) for index in [0, count), thread < thread_count.
  void (*run_parallel)(void* state, int64_t count, void (*body)(void* arg, int64_t index, int thread),
                       void* arg);
  int thread_count;

  template <class T>
  [[gnu::always_inline]] T* scratch(int64_t count) {
    return static_cast<T*>(allocate_scratch(state, count * static_cast<int64_t>(sizeof(T))));
  }

  template <class Body>
  [[gnu::always_inline]] void parallel_for(int64_t count, Body&& body) {
    run_parallel(
        state, count, [](void* arg, int64_t index, int thread) { (*static_cast<Body*>(arg))(index, thread); },
        &body);
  }
};

using Kernel = void (*)(const KernelArgs&, KernelContext&);

// Throws Error ERR_SHAPE / ERR_NATIVE; out of line so that kernel files need no <string>.
[[noreturn]] void fail_kernel(const KernelArgs& args, const char* what, int64_t expected, int64_t actual);

}  // namespace msta
