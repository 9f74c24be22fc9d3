#include "stream.h"

#include <exception>
#include <new>

#include "error.h"

namespace msta {

void Job::fail(const char* error_code, const std::string& text, int64_t failed_call) {
  std::lock_guard lock(mutex);
  if (failed.load()) return;
  code = error_code;
  message = text;
  call = failed_call;
  failed.store(true);
}

Stream::Stream(Device& device)
    : device_(device), allocator_(device), state_(device.create_stream_state()), thread_([this] { run(); }) {}

Stream::~Stream() {
  close();
  device_.destroy_stream_state(state_);
}

void Stream::push(Task task) {
  {
    std::lock_guard lock(mutex_);
    if (closed_.load()) return;
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void Stream::enqueue(std::shared_ptr<Job> job, int64_t call, std::function<void(void*)> work) {
  push({std::move(job), call, std::move(work)});
}

void Stream::enqueue_always(std::function<void(void*)> work) { push({nullptr, -1, std::move(work)}); }

void Stream::trim() {
  auto blocks = std::make_shared<std::vector<CachingAllocator::Block>>(allocator_.take_cached());
  enqueue_always([this, blocks](void* state) {
    device_.synchronize(state);
    device_.release_scratch(state);
    allocator_.return_to_device(*blocks);
  });
}

void Stream::run() {
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return closed_.load() || !queue_.empty(); });
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    if (task.job && task.job->skip()) continue;
    try {
      task.work(state_);
    } catch (const Error& error) {
      if (task.job) task.job->fail(error.code(), error.what(), error.tag() >= 0 ? error.tag() : task.call);
    } catch (const std::bad_alloc&) {
      if (task.job) task.job->fail("ERR_OUT_OF_MEMORY", "out of memory while running a kernel", task.call);
    } catch (const std::exception& error) {
      if (task.job) task.job->fail("ERR_NATIVE", error.what(), task.call);
    }
  }
}

void Stream::close() {
  {
    std::lock_guard lock(mutex_);
    if (closed_.exchange(true)) return;
    // Completions must still run, so that nobody waits for ever; computation need not.
    std::deque<Task> rest;
    for (auto& task : queue_)
      if (!task.job) rest.push_back(std::move(task));
    queue_.swap(rest);
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace msta
