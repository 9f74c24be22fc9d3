#pragma once
#include <string>
#include <utility>
#include <vector>

#include "../runtime/error.h"
#include "../runtime/kernel.h"
#include "gpu.h"

namespace msta::cuda {

// Throws Error for a call of CUDA's runtime that failed.
void check(cudaError_t error, const char* what);

// Memory of the device that grows and is handed out again from the start for every kernel of a stream:
// kernels run in order, so the next may have what the last one used.
class Arena {
 public:
  ~Arena() { release(); }
  void reset() { block_ = used_ = 0; }
  void* allocate(int64_t bytes);
  void release();

 private:
  struct Block {
    void* data;
    size_t size;
  };
  std::vector<Block> blocks_;
  size_t block_ = 0, used_ = 0;
};

// Where a kernel reports an index that it must not use: written by the first such thread, read at the next
// synchronization.
struct IndexReport {
  int site;  // 0: nothing to report
  int index;
};

struct IndexCheck {
  IndexReport* report;
  int site;
  int64_t limit;
};

// Whether index lies in [0, limit); reports it otherwise.
__device__ __forceinline__ bool is_valid(const IndexCheck& check, int index) {
  if (index >= 0 && index < check.limit) return true;
  if (atomicCAS(&check.report->site, 0, check.site) == 0) check.report->index = index;
  return false;
}

// What a kernel's host function may use: a stream on one GPU.
class Gpu {
 public:
  cudaStream_t stream = nullptr;
  int multiprocessors = 1;
  int architecture = 80;  // compute capability times 10
  const char* op = "";
  int64_t tag = -1;        // of the call at hand
  int64_t graph_tag = -1;  // of the last run of a graph, for calls inside graphs:
  static constexpr int64_t tag_of_graph = -2;

  // Lives until the kernels that the call at hand enqueues have run; contents undefined.
  template <class T>
  T* scratch(int64_t count) {
    return static_cast<T*>(arena->allocate(count * static_cast<int64_t>(sizeof(T))));
  }

  // A check for is_valid; `name` reads "token id (at most)".
  IndexCheck index_check(const char* name, int64_t limit);
  // Throws Error for the index reported since the last call, if any. The stream must have been synchronized.
  void throw_reported_index();

  void clear(void* target, int64_t bytes) {
    check(cudaMemsetAsync(target, 0, static_cast<size_t>(bytes), stream), op);
  }

  Arena* arena = nullptr;
  IndexReport* report = nullptr;

 private:
  struct Site {
    std::string op, name;
    int64_t limit, tag;
  };
  std::vector<Site> sites_;
  size_t next_site_ = 0;
};

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Enqueues kernel<<<grid, threads, shared_bytes>>>(args...); nothing where the grid is empty.
template <class... Params, class... Args>
void launch(Gpu& gpu, void (*kernel)(Params...), dim3 grid, int threads, int64_t shared_bytes,
            Args&&... args) {
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
#ifdef MSTA_EMULATED
  const auto call = [=] { kernel(static_cast<Params>(args)...); };
  check(emulator::enqueue(
            gpu.stream,
            [=] { emulator::run_grid(grid, {static_cast<unsigned>(threads)}, shared_bytes, call); }),
        gpu.op);
#else
  if (shared_bytes > 48 * 1024)
    check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                               static_cast<int>(shared_bytes)),
          gpu.op);
  // clang-format off
  kernel<<<grid, threads, static_cast<size_t>(shared_bytes), gpu.stream>>>(static_cast<Params>(args)...);
  // clang-format on
  check(cudaGetLastError(), gpu.op);
#endif
}

// A grid for `count` independent elements, 256 a block; blocks loop when there are more than `most` of them.
inline dim3 grid_of(int64_t count, int64_t per_block = 256, int64_t most = 1 << 20) {
  const int64_t blocks = ceil_div(count, per_block);
  return dim3{static_cast<unsigned>(blocks < most ? blocks : most), 1, 1};
}

using GpuKernel = void (*)(const KernelArgs& args, Gpu& gpu);

}  // namespace msta::cuda
