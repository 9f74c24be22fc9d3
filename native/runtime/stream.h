#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "allocator.h"
#include "device.h"

namespace msta {

// One caller's work on a stream. Cancelling it, or the first failure in it, skips the rest of it; the work
// of other jobs on the same stream goes on.
struct Job {
  std::atomic<bool> cancelled{false};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::string code, message;
  int64_t call = -1;  // which call failed, as numbered by the enqueuer

  void fail(const char* error_code, const std::string& text, int64_t failed_call);
  bool skip() const {
    return cancelled.load(std::memory_order_relaxed) || failed.load(std::memory_order_relaxed);
  }
};

// An ordered queue of work on one device, run by a thread of its own. Enqueueing never waits.
class Stream {
 public:
  explicit Stream(Device& device);
  ~Stream();
  Stream(const Stream&) = delete;

  Device& device() { return device_; }
  CachingAllocator& allocator() { return allocator_; }

  // Runs `work` after everything enqueued before it. Skipped when `job` was cancelled or has failed.
  void enqueue(std::shared_ptr<Job> job, int64_t call, std::function<void(void* state)> work);
  // Like enqueue, but runs always: for completions and for giving memory back.
  void enqueue_always(std::function<void(void* state)> work);
  // Returns cached memory to the device once all work enqueued so far has run.
  void trim();
  // Drops what has not started, waits for what runs, ends the thread. Further work is ignored.
  void close();
  bool closed() const { return closed_.load(); }

 private:
  struct Task {
    std::shared_ptr<Job> job;  // null: always run
    int64_t call;
    std::function<void(void*)> work;
  };
  void run();
  void push(Task task);

  Device& device_;
  CachingAllocator allocator_;
  void* state_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> queue_;
  std::atomic<bool> closed_{false};
  std::thread thread_;
};

}  // namespace msta
