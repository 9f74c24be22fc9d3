#include "allocator.h"

#include <algorithm>
#include <string>
#include <utility>

#include "error.h"

namespace msta {

namespace {

// Small blocks in 64-byte steps, larger ones in steps of an eighth of their power of two at most, so that
// nearly equal requests share blocks and at most 12.5% is lost.
size_t round_size(size_t bytes) {
  if (bytes <= 1024) return std::max<size_t>(64, (bytes + 63) / 64 * 64);
  size_t power = 1024;
  while (power * 2 <= bytes) power *= 2;
  const size_t step = std::min<size_t>(power / 8, size_t{1} << 20);
  return (bytes + step - 1) / step * step;
}

}  // namespace

CachingAllocator::~CachingAllocator() {
  for (auto& [pool, blocks] : free_)
    if (pool != 0) free_[0].merge(blocks);
  return_to_device(take_cached());
}

CachingAllocator::Block CachingAllocator::allocate(size_t bytes) {
  const size_t size = round_size(bytes);
  std::lock_guard lock(mutex_);
  Block block;
  auto& cached = free_[pool_];
  auto found = cached.lower_bound(size);
  if (found != cached.end() && found->first <= size + size / 4) {
    block = {found->second, found->first, pool_};
    cached.erase(found);
    stats_.cached -= static_cast<int64_t>(block.size);
  } else {
    block = {device_.allocate(size), size, pool_};
    if (!block.data)
      throw Error("ERR_OUT_OF_MEMORY", "cannot allocate " + std::to_string(bytes) + " bytes on " +
                                           device_.name() + " (" + std::to_string(stats_.active) +
                                           " in use by this stream)");
  }
  stats_.active += static_cast<int64_t>(block.size);
  stats_.peak = std::max(stats_.peak, stats_.active);
  stats_.buffers++;
  return block;
}

void CachingAllocator::release(Block block) {
  if (!block.data) return;
  std::lock_guard lock(mutex_);
  const auto pool = free_.find(block.pool);
  (pool == free_.end() ? free_[0] : pool->second).emplace(block.size, block.data);
  stats_.active -= static_cast<int64_t>(block.size);
  stats_.cached += static_cast<int64_t>(block.size);
  stats_.buffers--;
}

std::vector<CachingAllocator::Block> CachingAllocator::take_cached() {
  std::lock_guard lock(mutex_);
  std::vector<Block> blocks;
  for (const auto& [size, data] : free_[0]) {
    blocks.push_back({data, size});
    stats_.cached -= static_cast<int64_t>(size);
  }
  free_[0].clear();
  return blocks;
}

void CachingAllocator::return_to_device(const std::vector<Block>& blocks) {
  for (const Block& block : blocks) device_.free(block.data, block.size);
}

void CachingAllocator::begin_pool() {
  std::lock_guard lock(mutex_);
  pool_ = ++last_pool_;
  free_[pool_];
}

int CachingAllocator::end_pool() {
  std::lock_guard lock(mutex_);
  return std::exchange(pool_, 0);
}

void CachingAllocator::release_pool(int pool) {
  std::lock_guard lock(mutex_);
  const auto found = free_.find(pool);
  if (found == free_.end() || pool == 0) return;
  free_[0].merge(found->second);
  free_.erase(found);
}

MemoryStats CachingAllocator::stats() const {
  std::lock_guard lock(mutex_);
  return stats_;
}

void CachingAllocator::reset_peak() {
  std::lock_guard lock(mutex_);
  stats_.peak = stats_.active;
}

}  // namespace msta
