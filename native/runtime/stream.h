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
#include "error.h"
#include "graph.h"

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
  using Work = Graph::Work;

  explicit Stream(Device& device);
  ~Stream();
  Stream(const Stream&) = delete;

  Device& device() { return device_; }
  CachingAllocator& allocator() { return allocator_; }

  // Memory for work enqueued from now on. Where the device has none left, waits for the stream, gives back
  // what is cached and tries again; throws ERR_OUT_OF_MEMORY.
  CachingAllocator::Block allocate(size_t bytes);
  // Of a block that work enqueued so far may still use.
  void release(CachingAllocator::Block block);

  // Runs `work` after everything enqueued before it. Skipped when `job` was cancelled or has failed. While a
  // graph is being recorded, `work` becomes a part of it instead.
  void enqueue(std::shared_ptr<Job> job, int64_t call, Work work);
  // A kernel, enqueued likewise.
  void enqueue_kernel(std::shared_ptr<Job> job, int64_t call, KernelHandle kernel,
                      std::shared_ptr<const std::string> op, std::vector<Operand> operands,
                      std::vector<double> numbers);
  // Like enqueue, but runs always: for completions and for giving memory back.
  void enqueue_always(Work work);
  // On the stream's thread: waits for the device. What had failed there is told to the job it belongs to, or
  // to `job` where that is not known.
  void synchronize(void* state, const std::shared_ptr<Job>& job);

  // Between these, kernels and uploads are recorded; memory allocated meanwhile belongs to the graph until
  // release_graph, and is used for nothing else. On the enqueueing thread.
  void begin_recording();
  std::shared_ptr<Graph> end_recording();
  bool recording() const { return recording_; }
  void enqueue_graph(std::shared_ptr<Job> job, int64_t call, std::shared_ptr<Graph> graph);
  void release_graph(std::shared_ptr<Graph> graph);

  // Returns cached memory to the device once all work enqueued so far has run.
  void trim();
  // Drops what has not started, waits for what runs, ends the thread. Further work is ignored.
  void close();
  bool closed() const { return closed_.load(); }

 private:
  struct Task {
    std::shared_ptr<Job> job;  // null: always run
    int64_t call;
    Work work;
  };
  // Which job and call of it a kernel belongs to, for errors that come later. Only the newest are kept:
  // devices do not run further ahead.
  struct Origin {
    std::weak_ptr<Job> job;
    int64_t call = -1;
  };
  void run();
  int64_t new_tag();
  void report(const Error& error, const std::shared_ptr<Job>& job, int64_t call);
  void push(Task task);

  Device& device_;
  CachingAllocator allocator_;
  void* state_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> queue_;
  std::atomic<bool> closed_{false};
  bool recording_ = false;
  std::vector<Work> recorded_;
  std::vector<Origin> origins_;
  int64_t tags_ = 0;
  Origin running_;  // of the task at hand
  std::thread thread_;
};

}  // namespace msta
