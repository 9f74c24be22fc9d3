#include "thread_pool.h"

namespace msta {

namespace {

inline void pause_cpu() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

constexpr int spins_before_sleep = 2000;  // tens of microseconds: the gap between two kernels

}  // namespace

namespace {
// Never destroyed, like the device registry.
struct Shared {
  std::mutex mutex;
  std::shared_ptr<ThreadPool> pool;
};
Shared& shared_state() {
  static auto* state = new Shared;
  return *state;
}
}  // namespace

std::shared_ptr<ThreadPool> ThreadPool::shared() {
  Shared& shared = shared_state();
  std::lock_guard lock(shared.mutex);
  if (!shared.pool) shared.pool = std::make_shared<ThreadPool>(1);
  return shared.pool;
}

void ThreadPool::set_shared_size(int threads) {
  auto pool = std::make_shared<ThreadPool>(threads);
  Shared& shared = shared_state();
  std::unique_lock lock(shared.mutex);
  shared.pool.swap(pool);
  lock.unlock();
}

int ThreadPool::shared_size() {
  Shared& shared = shared_state();
  std::lock_guard lock(shared.mutex);
  return shared.pool ? shared.pool->size() : 0;
}

ThreadPool::ThreadPool(int threads) {
  try {
    for (int i = 1; i < threads; i++) workers_.emplace_back([this, i] { work(i); });
  } catch (...) {
    end();
    throw;
  }
}

ThreadPool::~ThreadPool() { end(); }

void ThreadPool::end() {
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
