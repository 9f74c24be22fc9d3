#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "device.h"

namespace msta {

struct MemoryStats {
  int64_t active = 0;   // bytes in live buffers
  int64_t peak = 0;     // highest `active` since the last reset
  int64_t cached = 0;   // bytes kept for reuse
  int64_t buffers = 0;  // live buffers
};

// Keeps freed blocks for reuse by later work of the same stream. A block is handed out again in the order
// of enqueueing, before earlier work has run: safe because a stream runs its work in that same order.
// Only returning memory to the device has to wait for the stream (see Stream::trim).
// Of a large block no more is handed out than was asked for, and neighbours that are free become one again.
// Blocks allocated between begin_pool and end_pool stay a pool of their own until release_pool: what a graph
// uses at every run must not become somebody else's memory in between.
class CachingAllocator {
 public:
  explicit CachingAllocator(Device& device) : device_(device) {}
  ~CachingAllocator();
  CachingAllocator(const CachingAllocator&) = delete;

  struct Block {
    void* data = nullptr;
    size_t size = 0;
  };

  Block allocate(size_t bytes);  // throws ERR_OUT_OF_MEMORY
  void release(Block block);
  // Takes the cached blocks out; the caller returns them to the device once the stream has passed.
  std::vector<Block> take_cached();
  void return_to_device(const std::vector<Block>& blocks);
  MemoryStats stats() const;
  void reset_peak();

  void begin_pool();
  int end_pool();
  void release_pool(int pool);

 private:
  // A part of what the device has given, in use or free.
  struct Chunk {
    size_t size;
    int pool;  // 0: everybody's
    bool is_free;
    size_t segment;  // where one begins that the device has given: its size; else 0
  };
  using Chunks = std::map<char*, Chunk>;

  Chunks::iterator take(size_t size);  // of the free ones; chunks_.end() if none suits
  void put_back(Chunks::iterator chunk);
  Chunks::iterator join(Chunks::iterator first, Chunks::iterator second);

  Device& device_;
  mutable std::mutex mutex_;
  Chunks chunks_;
  std::map<int, std::set<std::pair<size_t, char*>>> free_;  // by pool; only pools in use have an entry, and 0
  int pool_ = 0, last_pool_ = 0;
  MemoryStats stats_;
};

}  // namespace msta
