#include "allocator.h"

#include <algorithm>
#include <string>
#include <utility>

#include "error.h"
#include "exact_memory.h"

namespace msta {

namespace {

// Small blocks in 64-byte steps, larger ones in steps of an eighth of their power of two, and of 64 KiB at
// most: nearly equal requests share blocks, and little of large ones is lost.
size_t round_size(size_t bytes) {
  if (exact_memory) return std::max<size_t>(1, bytes);
  if (bytes <= 1024) return std::max<size_t>(64, (bytes + 63) / 64 * 64);
  size_t power = 1024;
  while (power * 2 <= bytes) power *= 2;
  const size_t step = std::min<size_t>(power / 8, size_t{64} << 10);
  return (bytes + step - 1) / step * step;
}

// From here on a block is cut to size; a rest must be worth having.
constexpr size_t cut_from = size_t{1} << 20, smallest_rest = size_t{256} << 10;

}  // namespace

CachingAllocator::~CachingAllocator() {
  while (!free_.empty() && free_.rbegin()->first != 0) release_pool(free_.rbegin()->first);
  return_to_device(take_cached());
}

CachingAllocator::Block CachingAllocator::allocate(size_t bytes) {
  const size_t size = round_size(bytes);
  std::lock_guard lock(mutex_);
  auto chunk = take(size);
  if (chunk == chunks_.end()) {
    char* data = static_cast<char*>(device_.allocate(size));
    if (!data)
      throw Error("ERR_OUT_OF_MEMORY", "cannot allocate " + std::to_string(bytes) + " bytes on " +
                                           device_.name() + " (" + std::to_string(stats_.active) +
                                           " in use by this stream)");
    chunk = chunks_.emplace(data, Chunk{size, pool_, false, size}).first;
  }
  stats_.active += static_cast<int64_t>(chunk->second.size);
  stats_.peak = std::max(stats_.peak, stats_.active);
  stats_.buffers++;
  return {chunk->first, chunk->second.size};
}

CachingAllocator::Chunks::iterator CachingAllocator::take(size_t size) {
  if (exact_memory) return chunks_.end();
  auto& cached = free_[pool_];
  const auto found = cached.lower_bound({size, nullptr});
  if (found == cached.end() || (found->first > size + size / 4 && size < cut_from)) return chunks_.end();
  const auto chunk = chunks_.find(found->second);
  cached.erase(found);
  stats_.cached -= static_cast<int64_t>(chunk->second.size);
  chunk->second.is_free = false;
  if (size >= cut_from && chunk->second.size - size >= smallest_rest) {
    const auto rest =
        chunks_.emplace(chunk->first + size, Chunk{chunk->second.size - size, pool_, true, 0}).first;
    chunk->second.size = size;
    cached.emplace(rest->second.size, rest->first);
    stats_.cached += static_cast<int64_t>(rest->second.size);
  }
  return chunk;
}

void CachingAllocator::release(Block block) {
  if (!block.data) return;
  std::lock_guard lock(mutex_);
  stats_.active -= static_cast<int64_t>(block.size);
  stats_.cached += static_cast<int64_t>(block.size);
  stats_.buffers--;
  put_back(chunks_.find(static_cast<char*>(block.data)));
}

void CachingAllocator::put_back(Chunks::iterator chunk) {
  const auto joins = [&](Chunks::iterator first, Chunks::iterator second) {
    return second != chunks_.end() && second->second.segment == 0 && first->second.is_free &&
           second->second.is_free && first->second.pool == second->second.pool;
  };
  chunk->second.is_free = true;
  if (joins(chunk, std::next(chunk))) chunk = join(chunk, std::next(chunk));
  if (chunk != chunks_.begin() && joins(std::prev(chunk), chunk)) chunk = join(std::prev(chunk), chunk);
  free_[chunk->second.pool].emplace(chunk->second.size, chunk->first);
}

// Neither is in free_ afterwards.
CachingAllocator::Chunks::iterator CachingAllocator::join(Chunks::iterator first, Chunks::iterator second) {
  for (const auto& each : {first, second}) free_[each->second.pool].erase({each->second.size, each->first});
  first->second.size += second->second.size;
  chunks_.erase(second);
  return first;
}

std::vector<CachingAllocator::Block> CachingAllocator::take_cached() {
  std::lock_guard lock(mutex_);
  std::vector<Block> blocks;
  for (auto at = free_[0].begin(); at != free_[0].end();) {
    const auto [size, data] = *at;
    const auto chunk = chunks_.find(data);
    if (chunk->second.segment != size) {  // parts of it are in use
      ++at;
      continue;
    }
    blocks.push_back({data, size});
    stats_.cached -= static_cast<int64_t>(size);
    chunks_.erase(chunk);
    at = free_[0].erase(at);
  }
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
  const auto blocks = std::move(found->second);
  free_.erase(found);
  for (auto& [data, chunk] : chunks_)
    if (chunk.pool == pool) chunk.pool = 0;
  for (const auto& [size, data] : blocks) chunks_.at(data).is_free = false;
  for (const auto& [size, data] : blocks) put_back(chunks_.find(data));
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
