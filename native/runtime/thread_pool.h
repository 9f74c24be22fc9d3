#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace msta {

// Threads for the CPU's parallel loops. The calling thread takes part; parallel regions of several streams
// take turns.
class ThreadPool {
 public:
  explicit ThreadPool(int threads);
  ~ThreadPool();

  // The process's pool; of one thread until set_shared_size. Who holds it may go on with it after another
  // size was set.
  static std::shared_ptr<ThreadPool> shared();
  static void set_shared_size(int threads);
  static int shared_size();  // 0 until set_shared_size

  int size() const { return static_cast<int>(workers_.size()) + 1; }
  // Runs body(arg, index, thread) for every index in [0, count), in no particular order.
  void run(int64_t count, void (*body)(void* arg, int64_t index, int thread), void* arg);

 private:
  void end();
  void work(int thread);
  void drain(int thread);

  std::mutex region_mutex_;  // held for one parallel region
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::atomic<uint64_t> generation_{0};
  std::atomic<int64_t> next_{0};
  std::atomic<int> busy_{0};
  int64_t count_ = 0;
  void (*body_)(void*, int64_t, int) = nullptr;
  void* arg_ = nullptr;
  bool stop_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace msta
