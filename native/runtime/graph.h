#pragma once
#include <functional>
#include <vector>

#include "device.h"

namespace msta {

// Work recorded once, to be run any number of times with the same operands. A device that has graphs of its
// own turns it into one at its first run.
class Graph {
 public:
  using Work = std::function<void(void* state)>;

  Graph(Device& device, std::vector<Work> work, int pool)
      : device_(device), work_(std::move(work)), pool_(pool) {}
  Graph(const Graph&) = delete;
  ~Graph();

  // Of the stream's allocator: memory that is the graph's own.
  int pool() const { return pool_; }

  // On the stream's thread; `tag` as in Device::run.
  void run(void* state, int64_t tag);
  void release(void* state);

 private:
  Device& device_;
  std::vector<Work> work_;
  int pool_;
  void* captured_ = nullptr;
};

}  // namespace msta
