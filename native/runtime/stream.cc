#include "stream.h"

#include <exception>
#include <future>
#include <new>
#include <utility>

#include "error.h"
#include "exact_memory.h"

namespace msta {

void Job::fail(const char* error_code, const std::string& text, int64_t failed_call) {
  std::lock_guard lock(mutex);
  if (failed.load()) return;
  code = error_code;
  message = text;
  call = failed_call;
  failed.store(true);
}

namespace {
constexpr int64_t origins_kept = 4096;
}

Stream::Stream(Device& device)
    : device_(device),
      allocator_(device),
      state_(device.create_stream_state()),
      origins_(origins_kept),
      thread_([this] { run(); }) {}

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

CachingAllocator::Block Stream::allocate(size_t bytes) {
  try {
    return allocator_.allocate(bytes);
  } catch (const Error&) {
    if (closed_.load()) throw;
    trim();
    std::promise<void> passed;
    enqueue_always([&passed](void*) { passed.set_value(); });
    passed.get_future().wait();
    return allocator_.allocate(bytes);
  }
}

void Stream::release(CachingAllocator::Block block) {
  allocator_.release(block);
  if (exact_memory) trim();
}

void Stream::enqueue(std::shared_ptr<Job> job, int64_t call, Work work) {
  if (recording_)
    recorded_.push_back(std::move(work));
  else
    push({std::move(job), call, std::move(work)});
}

void Stream::enqueue_kernel(std::shared_ptr<Job> job, int64_t call, KernelHandle kernel,
                            std::shared_ptr<const std::string> op, std::vector<Operand> operands,
                            std::vector<double> numbers) {
  enqueue(std::move(job), call,
          [this, kernel, op = std::move(op), operands = std::move(operands),
           numbers = std::move(numbers)](void* state) {
            device_.run(state, kernel,
                        {op->c_str(), operands.data(), static_cast<int32_t>(operands.size()), numbers.data(),
                         static_cast<int32_t>(numbers.size())},
                        new_tag());
          });
}

int64_t Stream::new_tag() {
  const int64_t tag = tags_++;
  origins_[tag % origins_kept] = {running_.job, running_.call};
  return tag;
}

void Stream::enqueue_always(Work work) { push({nullptr, -1, std::move(work)}); }

void Stream::report(const Error& error, const std::shared_ptr<Job>& job, int64_t call) {
  if (error.tag() >= 0 && error.tag() < tags_ && error.tag() >= tags_ - origins_kept) {
    const Origin& origin = origins_[error.tag() % origins_kept];
    if (const std::shared_ptr<Job> owner = origin.job.lock()) {
      owner->fail(error.code(), error.what(), origin.call);
      return;
    }
  }
  if (job) job->fail(error.code(), error.what(), call);
}

void Stream::synchronize(void* state, const std::shared_ptr<Job>& job) {
  try {
    device_.synchronize(state);
  } catch (const Error& error) {
    report(error, job, -1);
  }
}

void Stream::begin_recording() {
  if (recording_) throw Error("ERR_ARGUMENT", "a graph is being recorded already");
  recording_ = true;
  allocator_.begin_pool();
}

std::shared_ptr<Graph> Stream::end_recording() {
  if (!recording_) throw Error("ERR_ARGUMENT", "no graph is being recorded");
  recording_ = false;
  return std::make_shared<Graph>(device_, std::exchange(recorded_, {}), allocator_.end_pool());
}

void Stream::enqueue_graph(std::shared_ptr<Job> job, int64_t call, std::shared_ptr<Graph> graph) {
  enqueue(std::move(job), call,
          [this, graph = std::move(graph)](void* state) { graph->run(state, new_tag()); });
}

void Stream::release_graph(std::shared_ptr<Graph> graph) {
  allocator_.release_pool(graph->pool());
  enqueue_always([graph = std::move(graph)](void* state) { graph->release(state); });
  if (exact_memory) trim();
}

void Stream::trim() {
  if (closed_.load()) return;  // the blocks would be lost with the task; they go with the allocator
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
    running_ = {task.job, task.call};
    try {
      task.work(state_);
    } catch (const Error& error) {
      report(error, task.job, task.call);
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
