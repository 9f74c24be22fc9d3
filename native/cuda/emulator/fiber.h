#pragma once
#include <cstddef>

// Threads that switch among themselves when they choose to, on one thread of the system.
namespace msta::cuda::emulator {

class Fiber {
 public:
  Fiber() = default;
  ~Fiber();
  Fiber(const Fiber&) = delete;

  // Makes the fiber begin with entry(arg) when it is next switched to; entry must never return.
  void prepare(void (*entry)(void*), void* arg);
  // Leaves `from` (where it comes back to when something switches to it) for `to`.
  static void swap(Fiber& from, Fiber& to);

 private:
  void* stack_pointer_ = nullptr;
  void* stack_ = nullptr;
};

}  // namespace msta::cuda::emulator
