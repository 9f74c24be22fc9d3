#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace msta {

// One pool for the process. The calling thread takes part; parallel regions of several streams take turns.
class ThreadPool {
 public:
  explicit ThreadPool(int threads);
  ~ThreadPool();
  static ThreadPool& shared();

  int size() const { return static_cast<int>(workers_.size()) + 1; }
  // Runs body(arg, index, thread) for every index in [0, count), in no particular order.
  void run(int64_t count, void (*body)(void* arg, int64_t index, int thread), void* arg);

 private:
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

// Threads this process may use: MSTA_NUM_THREADS, else the CPUs of its affinity mask and cgroup quota.
int default_thread_count();

}  // namespace msta
