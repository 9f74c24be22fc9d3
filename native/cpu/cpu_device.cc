#include "cpu_device.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "../runtime/device.h"
#include "../runtime/error.h"
#include "../runtime/exact_memory.h"
#include "../runtime/thread_pool.h"

namespace msta {

// Each instruction set is one compilation of the same kernel sources (kernel_table.cc).
namespace portable {
extern const KernelEntry kernel_table[];
}
#ifdef MSTA_X86
namespace avx2 {
extern const KernelEntry kernel_table[];
}
namespace avx512 {
extern const KernelEntry kernel_table[];
}
namespace avx512_bf16 {
extern const KernelEntry kernel_table[];
}
#endif

namespace {

struct InstructionSet {
  const char* name;
  const KernelEntry* table;
  bool supported;
};

const InstructionSet* choose_instruction_set() {
#ifdef MSTA_X86
  __builtin_cpu_init();
  static const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                                 __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  static const InstructionSet sets[] = {
      {"avx512_bf16", avx512_bf16::kernel_table,
       has_avx512 && __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vnni")},
      {"avx512", avx512::kernel_table, has_avx512},
      {"avx2", avx2::kernel_table, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")},
      {"portable", portable::kernel_table, true},
  };
#else
  static const InstructionSet sets[] = {{"portable", portable::kernel_table, true}};
#endif
  const char* forced = std::getenv("MSTA_CPU_ISA");
  if (!forced || !*forced) {
    for (const auto& set : sets)
      if (set.supported) return &set;
  }
  for (const auto& set : sets) {
    if (forced && std::strcmp(set.name, forced) == 0) {
      if (set.supported) return &set;
      throw Error("ERR_DEVICE",
                  std::string("MSTA_CPU_ISA=") + forced + ": this processor does not support it");
    }
  }
  throw Error("ERR_DEVICE", std::string("MSTA_CPU_ISA=") + (forced ? forced : "") +
                                ": expected avx512_bf16, avx512, avx2 or portable");
}

// Scratch memory of one stream: a few blocks that only grow, handed out from the start for every kernel.
class ScratchArena {
 public:
  ~ScratchArena() { release(); }
  void reset() {
    // Grew last time: next time one block of the whole size.
    if (blocks_.size() > 1 || exact_memory) release();
    used_ = 0;
    total_ = 0;
  }
  void* allocate(int64_t bytes) {
    if (exact_memory) return append(static_cast<size_t>(bytes));
    const size_t size = (static_cast<size_t>(bytes) + 127) / 64 * 64;
    total_ += size;
    if (total_ > wanted_) wanted_ = total_;
    if (blocks_.empty() || used_ + size > blocks_.back().size) {
      append(blocks_.empty() && wanted_ > size ? wanted_ : size);
      used_ = 0;
    }
    void* data = static_cast<char*>(blocks_.back().data) + used_;
    used_ += size;
    return data;
  }
  void release() {
    for (const auto& block : blocks_) std::free(block.data);
    blocks_.clear();
    used_ = 0;
  }
  void forget() {
    release();
    wanted_ = 0;
  }

 private:
  struct Block {
    void* data;
    size_t size;
  };
  void* append(size_t bytes) {
    void* data = nullptr;
    if (posix_memalign(&data, 64, bytes) != 0)
      throw Error("ERR_OUT_OF_MEMORY",
                  "cannot allocate " + std::to_string(bytes) + " bytes of kernel scratch");
    blocks_.push_back({data, bytes});
    return data;
  }
  std::vector<Block> blocks_;
  size_t used_ = 0, total_ = 0, wanted_ = 0;
};

struct StreamState {
  ScratchArena scratch;
  std::shared_ptr<ThreadPool> pool;  // of the running kernel: it keeps its threads when another number is set
};

constexpr size_t page_block = size_t{1} << 20;  // from here on straight from the system, and back to it

class CpuDevice : public Device {
 public:
  CpuDevice() : set_(choose_instruction_set()) {
    for (const KernelEntry* entry = set_->table; entry->op; entry++)
      kernels_.emplace(entry->op, entry->kernel);
  }

  const char* name() const override { return "cpu"; }
  std::string description() const override {
    return std::string(set_->name) + ", " + std::to_string(ThreadPool::shared()->size()) + " threads";
  }
  void* allocate(size_t bytes) override {
    if (exact_memory) return std::malloc(bytes);
    if (bytes < page_block) return std::aligned_alloc(64, (bytes + 63) / 64 * 64);
    void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) return nullptr;
#ifdef MADV_DONTFORK
    // Starting ffmpeg forks: without this the page tables of all weights would be copied, on the JavaScript
    // thread.
    madvise(data, bytes, MADV_DONTFORK);
#endif
#ifdef MADV_HUGEPAGE
    madvise(data, bytes, MADV_HUGEPAGE);
#endif
    return data;
  }
  void free(void* data, size_t bytes) override {
    if (bytes < page_block || exact_memory)
      std::free(data);
    else
      munmap(data, bytes);
  }
  KernelHandle find_kernel(const std::string& op) const override {
    const auto found = kernels_.find(op);
    return found == kernels_.end() ? nullptr : reinterpret_cast<KernelHandle>(found->second);
  }

  void* create_stream_state() override { return new StreamState; }
  void destroy_stream_state(void* state) override { delete static_cast<StreamState*>(state); }
  void run(void* state, KernelHandle kernel, const KernelArgs& args, int64_t) override {
    auto& stream = *static_cast<StreamState*>(state);
    stream.scratch.reset();
    stream.pool = ThreadPool::shared();
    KernelContext context{
        state,
        [](void* own, int64_t bytes) { return static_cast<StreamState*>(own)->scratch.allocate(bytes); },
        [](void* own, int64_t count, void (*body)(void*, int64_t, int), void* arg) {
          static_cast<StreamState*>(own)->pool->run(count, body, arg);
        },
        stream.pool->size()};
    reinterpret_cast<Kernel>(const_cast<void*>(kernel))(args, context);
  }
  void release_scratch(void* state) override { static_cast<StreamState*>(state)->scratch.forget(); }
  // Nothing to copy may come with a null pointer.
  void upload(void*, void* target, const void* source, size_t bytes) override {
    if (bytes) std::memcpy(target, source, bytes);
  }
  void download(void*, void* target, const void* source, size_t bytes) override {
    if (bytes) std::memcpy(target, source, bytes);
  }
  void synchronize(void*) override {}

 private:
  const InstructionSet* set_;
  std::unordered_map<std::string, Kernel> kernels_;
};

}  // namespace

void register_cpu_device() {
  static std::mutex mutex;
  std::lock_guard lock(mutex);
  if (!find_device("cpu")) register_device(std::make_unique<CpuDevice>());
}

}  // namespace msta
