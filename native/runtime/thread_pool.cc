#include "thread_pool.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#ifdef __linux__
#include <sched.h>
#endif

namespace msta {

namespace {

int allowed_cpus() {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1u, std::thread::hardware_concurrency());
}

int cgroup_cpus() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return 1 << 20;
  return std::max(1, static_cast<int>(std::ceil(std::atof(quota.c_str()) / period)));
}

inline void pause_cpu() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

constexpr int spins_before_sleep = 2000;  // tens of microseconds: the gap between two kernels

}  // namespace

int default_thread_count() {
  if (const char* text = std::getenv("MSTA_NUM_THREADS")) {
    const int threads = std::atoi(text);
    if (threads > 0) return std::min(threads, 1024);
  }
  return std::min(allowed_cpus(), cgroup_cpus());
}

ThreadPool& ThreadPool::shared() {
  static auto* pool = new ThreadPool(default_thread_count());  // never destroyed, like the device registry
  return *pool;
}

ThreadPool::ThreadPool(int threads) {
  for (int i = 1; i < threads; i++) workers_.emplace_back([this, i] { work(i); });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
    generation_++;
  }
  wake_.notify_all();
  for (auto& worker : workers_) worker.join();
}

void ThreadPool::drain(int thread) {
  for (int64_t index; (index = next_.fetch_add(1, std::memory_order_relaxed)) < count_;)
    body_(arg_, index, thread);
}

void ThreadPool::work(int thread) {
  uint64_t seen = 0;
  for (;;) {
    for (int i = 0; i < spins_before_sleep && generation_.load(std::memory_order_acquire) == seen; i++)
      pause_cpu();
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return generation_.load() != seen; });
      seen = generation_.load();
      if (stop_) return;
    }
    drain(thread);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      std::lock_guard lock(mutex_);
      done_.notify_one();
    }
  }
}

void ThreadPool::run(int64_t count, void (*body)(void*, int64_t, int), void* arg) {
  if (count <= 0) return;
  if (workers_.empty() || count == 1) {
    for (int64_t i = 0; i < count; i++) body(arg, i, 0);
    return;
  }
  std::lock_guard region(region_mutex_);
  {
    std::lock_guard lock(mutex_);
    body_ = body;
    arg_ = arg;
    count_ = count;
    next_.store(0, std::memory_order_relaxed);
    busy_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
    generation_++;
  }
  wake_.notify_all();
  drain(0);
  for (int i = 0; i < spins_before_sleep && busy_.load(std::memory_order_acquire) > 0; i++) pause_cpu();
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&] { return busy_.load() == 0; });
}

}  // namespace msta
