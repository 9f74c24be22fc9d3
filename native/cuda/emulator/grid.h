#pragma once
#include <cstdint>
#include <functional>
#include <memory>

// Runs a kernel's grid on the host: block after block, the threads of a block as fibers. A thread runs until
// it has to wait for others; what it then sees is what they did. Warps take turns in an order drawn from a
// seed (MSTA_EMULATOR_SEED; 0: in order), and shared memory starts as not-a-numbers.
namespace msta::cuda::emulator {

struct Dim3 {
  unsigned x = 1, y = 1, z = 1;
};

// The thread at hand, for threadIdx and its like.
struct Place {
  Dim3 thread, block, block_size, grid_size;
  int index;  // of the thread in its block
};
const Place& here();

// Throws std::runtime_error naming what is wrong: a barrier that not all reach, threads of a warp that meet
// in different operations, more shared memory than a GPU has.
void run_grid(Dim3 grid, Dim3 block, int64_t shared_bytes, const std::function<void()>& kernel);

// For the names in gpu.h and ptx.h:

// Waits until `threads` threads of the block are at barrier `id` (0: all of them).
void barrier(int id, int threads);
// All threads of a group of `size` consecutive ones (32: a warp, 128: a warpgroup) meet here; the last one to
// come runs `combine` with what each has brought, then all go on.
using Combine = void (*)(void* const* brought);
void meet(int size, Combine combine, void* brought);
// Lets the others run; for loops that wait for them.
void yield();
unsigned char* dynamic_shared();
int64_t dynamic_shared_size();
// Shared memory of the block named by `key`.
void* static_shared(const void* key, int64_t bytes);
// A number drawn from the seed; 0 where there is none.
uint64_t random();
// What other parts of the emulator keep for the block at hand; finish() is called when all threads are done.
struct Extension {
  virtual ~Extension() = default;
  virtual void finish() {}
};
std::unique_ptr<Extension>& extension();
// Ends the grid with this error.
[[noreturn]] void fail(const char* what);

// Asynchronous copies of this thread (cp.async): each happens when it is waited for or, by the seed, at once.
void copy_later(void* target, const void* source, int bytes, bool zero);
void commit_copies();
void wait_for_copies(int pending);

}  // namespace msta::cuda::emulator
