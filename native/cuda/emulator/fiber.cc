#include "fiber.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace msta::cuda::emulator {

namespace {
constexpr size_t stack_bytes = 256 * 1024, page = 4096;
}

// Saves the registers that a called function must keep, changes stacks, takes up the other's.
#if defined(__x86_64__)
asm(R"(
.text
.local msta_swap_stacks
.type msta_swap_stacks, @function
msta_swap_stacks:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size msta_swap_stacks, .-msta_swap_stacks
.local msta_begin_fiber
.type msta_begin_fiber, @function
msta_begin_fiber:
  movq %r12, %rdi
  callq *%r13
  ud2
.size msta_begin_fiber, .-msta_begin_fiber
)");
extern "C" void msta_swap_stacks(void** save, void* load);
extern "C" void msta_begin_fiber();

static void* first_frame(char* top, void (*entry)(void*), void* arg) {
  auto* slots = reinterpret_cast<uint64_t*>(top) - 9;  // leaves the stack aligned for the call
  slots[0] = 0;                                        // r15
  slots[1] = 0;                                        // r14
  slots[2] = reinterpret_cast<uint64_t>(entry);        // r13
  slots[3] = reinterpret_cast<uint64_t>(arg);          // r12
  slots[4] = slots[5] = 0;                             // rbx, rbp
  slots[6] = reinterpret_cast<uint64_t>(&msta_begin_fiber);
  return slots;
}
#elif defined(__aarch64__)
asm(R"(
.text
.local msta_swap_stacks
.type msta_swap_stacks, %function
msta_swap_stacks:
  sub sp, sp, #176
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x2, sp
  str x2, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #176
  ret
.local msta_begin_fiber
.type msta_begin_fiber, %function
msta_begin_fiber:
  mov x0, x19
  blr x20
  brk #0
)");
extern "C" void msta_swap_stacks(void** save, void* load);
extern "C" void msta_begin_fiber();

static void* first_frame(char* top, void (*entry)(void*), void* arg) {
  auto* slots = reinterpret_cast<uint64_t*>(top - 176);
  for (int i = 0; i < 22; i++) slots[i] = 0;
  slots[0] = reinterpret_cast<uint64_t>(arg);
  slots[1] = reinterpret_cast<uint64_t>(entry);
  slots[11] = reinterpret_cast<uint64_t>(&msta_begin_fiber);
  return slots;
}
#else
#error "the emulator's fibers know x86-64 and AArch64"
#endif

Fiber::~Fiber() {
  if (stack_) munmap(stack_, stack_bytes);
}

void Fiber::prepare(void (*entry)(void*), void* arg) {
  if (!stack_) {
    stack_ = mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                  -1, 0);
    if (stack_ == MAP_FAILED) {
      stack_ = nullptr;
      throw std::bad_alloc();
    }
    mprotect(stack_, page, PROT_NONE);  // a kernel that needs more stack stops there
  }
  stack_pointer_ = first_frame(static_cast<char*>(stack_) + stack_bytes, entry, arg);
}

void Fiber::swap(Fiber& from, Fiber& to) { msta_swap_stacks(&from.stack_pointer_, to.stack_pointer_); }

}  // namespace msta::cuda::emulator
