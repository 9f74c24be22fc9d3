#include "grid.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "fiber.h"

namespace msta::cuda::emulator {

namespace {

constexpr int64_t most_shared = 227 * 1024;
constexpr int most_threads = 1024;
constexpr int64_t most_turns_without_progress = 200000;

struct Copy {
  void* target;
  const void* source;
  int bytes;
  bool zero;
};

struct Thread {
  Fiber fiber;
  Place place;
  enum { ready, waiting, done } state = ready;
  void* brought = nullptr;
  std::vector<Copy> copies;              // not committed
  std::deque<std::vector<Copy>> groups;  // committed, oldest first
};

struct Barrier {
  int expected = 0;
  std::vector<Thread*> arrived;
};

struct Meeting {
  Combine combine = nullptr;
  int arrived = 0;
};

// The smallest random numbers that serve to shuffle (splitmix64).
uint64_t next_random(uint64_t& state) {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

class Block {
 public:
  void run(Dim3 grid, Dim3 size, Dim3 index, int64_t shared_bytes, const std::function<void()>& kernel);

  Thread* current = nullptr;
  Fiber scheduler;
  const std::function<void()>* kernel = nullptr;
  std::string error;
  int threads = 0;
  bool progress = false;
  std::vector<std::unique_ptr<Thread>> pool;
  Barrier barriers[16];
  Meeting warp_meetings[most_threads / 32], warpgroup_meetings[most_threads / 128];
  std::map<const void*, std::vector<std::max_align_t>> statics;
  std::unique_ptr<Extension> extension;
  uint64_t seed = 0;
  unsigned char* dynamic = nullptr;
  int64_t dynamic_bytes = 0;

  void wait() {
    current->state = Thread::waiting;
    Fiber::swap(current->fiber, scheduler);
  }

 private:
  void describe_stuck();
  void finish();
  std::vector<unsigned char> dynamic_memory_;
};

thread_local Block* block = nullptr;

[[noreturn]] void leave() {
  for (;;) Fiber::swap(block->current->fiber, block->scheduler);
}

void enter(void*) {
  try {
    (*block->kernel)();
  } catch (const std::exception& failure) {
    if (block->error.empty()) block->error = failure.what();
  }
  block->current->state = Thread::done;
  leave();
}

void Block::describe_stuck() {
  error = "threads wait for ever:";
  const auto describe = [&](size_t arrived, int expected, const char* where, int number) {
    char text[96];
    std::snprintf(text, sizeof text, " %zu of %d %s %d;", arrived, expected, where, number);
    if (arrived > 0) error += text;
  };
  for (int id = 0; id < 16; id++)
    describe(barriers[id].arrived.size(), barriers[id].expected, "at barrier", id);
  constexpr const char* operation = "in an operation of threads from";
  for (int i = 0; i < most_threads / 32; i++)
    describe(static_cast<size_t>(warp_meetings[i].arrived), 32, operation, i * 32);
  for (int i = 0; i < most_threads / 128; i++)
    describe(static_cast<size_t>(warpgroup_meetings[i].arrived), 128, operation, i * 128);
}

void Block::finish() {
  try {
    if (extension) extension->finish();
  } catch (const std::exception& failure) {
    error = failure.what();
  }
}

void Block::run(Dim3 grid, Dim3 size, Dim3 index, int64_t shared_bytes, const std::function<void()>& body) {
  threads = static_cast<int>(size.x * size.y * size.z);
  kernel = &body;
  error.clear();
  extension.reset();
  for (Barrier& barrier : barriers) barrier = {};
  for (Meeting& meeting : warp_meetings) meeting = {};
  for (Meeting& meeting : warpgroup_meetings) meeting = {};
  for (auto& [key, memory] : statics)
    std::memset(memory.data(), 0xff, memory.size() * sizeof(std::max_align_t));
  constexpr int64_t alignment = 1024;
  dynamic_memory_.assign(static_cast<size_t>(shared_bytes + alignment), 0xff);
  const auto address = reinterpret_cast<uintptr_t>(dynamic_memory_.data());
  dynamic = reinterpret_cast<unsigned char*>((address + alignment - 1) / alignment * alignment);
  dynamic_bytes = shared_bytes;
  while (static_cast<int>(pool.size()) < threads) pool.push_back(std::make_unique<Thread>());
  for (int i = 0; i < threads; i++) {
    Thread& thread = *pool[i];
    const auto at = static_cast<unsigned>(i);
    thread.place = {{at % size.x, at / size.x % size.y, at / size.x / size.y}, index, size, grid, i};
    thread.state = Thread::ready;
    thread.copies.clear();
    thread.groups.clear();
    thread.fiber.prepare(enter, nullptr);
  }
  const int warps = (threads + 31) / 32;
  std::vector<int> order(static_cast<size_t>(warps));
  for (int i = 0; i < warps; i++) order[i] = i;
  int64_t idle_turns = 0;
  for (bool alive = true; alive && error.empty();) {
    if (seed)
      for (int i = warps - 1; i > 0; i--)
        std::swap(order[i], order[next_random(seed) % static_cast<uint64_t>(i + 1)]);
    alive = false;
    bool ran = false;
    progress = false;
    for (int warp : order)
      for (int lane = 0; lane < 32 && warp * 32 + lane < threads && error.empty(); lane++) {
        Thread& thread = *pool[warp * 32 + lane];
        alive |= thread.state != Thread::done;
        if (thread.state != Thread::ready) continue;
        ran = true;
        current = &thread;
        Fiber::swap(scheduler, thread.fiber);
        if (thread.state == Thread::done) progress = true;
      }
    idle_turns = progress ? 0 : idle_turns + 1;
    if (alive && error.empty() && (!ran || idle_turns > most_turns_without_progress)) describe_stuck();
  }
  if (error.empty()) finish();
  if (!error.empty())
    throw std::runtime_error(error + " (block " + std::to_string(index.x) + ", " + std::to_string(index.y) +
                             ", " + std::to_string(index.z) + ")");
}

void run_copies(const std::vector<Copy>& copies) {
  for (const Copy& copy : copies)
    if (copy.zero)
      std::memset(copy.target, 0, static_cast<size_t>(copy.bytes));
    else
      std::memcpy(copy.target, copy.source, static_cast<size_t>(copy.bytes));
}

}  // namespace

const Place& here() { return block->current->place; }

void fail(const char* what) { throw std::runtime_error(what); }

void run_grid(Dim3 grid, Dim3 size, int64_t shared_bytes, const std::function<void()>& kernel) {
  const int64_t threads = int64_t{size.x} * size.y * size.z;
  if (threads < 1 || threads > most_threads || threads % 32)
    throw std::runtime_error("a block of " + std::to_string(threads) + " threads");
  if (shared_bytes > most_shared)
    throw std::runtime_error(std::to_string(shared_bytes) + " bytes of shared memory");
  if (grid.y > 65535 || grid.z > 65535) throw std::runtime_error("a grid too large in y or z");
  static const char* text = std::getenv("MSTA_EMULATOR_SEED");
  const uint64_t seed = text ? std::strtoull(text, nullptr, 10) : 0;
  thread_local Block one;
  block = &one;
  uint64_t number = 0;
  for (unsigned z = 0; z < grid.z; z++)
    for (unsigned y = 0; y < grid.y; y++)
      for (unsigned x = 0; x < grid.x; x++) {
        one.seed = seed ? seed * 1000003 + ++number : 0;
        one.run(grid, size, {x, y, z}, shared_bytes, kernel);
      }
}

void barrier(int id, int threads) {
  if (id < 0 || id > 15) fail("a barrier's number");
  Barrier& barrier = block->barriers[id];
  const int expected = threads > 0 ? threads : block->threads;
  if (barrier.arrived.empty()) barrier.expected = expected;
  if (barrier.expected != expected) fail("threads wait at one barrier for different numbers of others");
  barrier.arrived.push_back(block->current);
  if (static_cast<int>(barrier.arrived.size()) < expected) {
    block->wait();
    return;
  }
  block->progress = true;
  for (Thread* thread : barrier.arrived) thread->state = Thread::ready;
  barrier.arrived.clear();
}

void meet(int size, Combine combine, void* brought) {
  const int index = block->current->place.index, group = index / size, first = group * size;
  if (first + size > block->threads) fail("an operation of a warp or warpgroup in an incomplete one");
  Meeting& meeting = size == 32 ? block->warp_meetings[group] : block->warpgroup_meetings[group];
  if (meeting.arrived == 0) meeting.combine = combine;
  if (meeting.combine != combine) fail("threads of a warp meet in different operations");
  block->current->brought = brought;
  if (++meeting.arrived < size) {
    block->wait();
    return;
  }
  block->progress = true;
  void* all[128];
  for (int i = 0; i < size; i++) {
    all[i] = block->pool[first + i]->brought;
    block->pool[first + i]->state = Thread::ready;
  }
  meeting.arrived = 0;
  combine(all);
}

uint64_t random() { return block->seed ? next_random(block->seed) : 0; }
std::unique_ptr<Extension>& extension() { return block->extension; }

void yield() { Fiber::swap(block->current->fiber, block->scheduler); }

unsigned char* dynamic_shared() { return block->dynamic; }
int64_t dynamic_shared_size() { return block->dynamic_bytes; }

void* static_shared(const void* key, int64_t bytes) {
  auto& memory = block->statics[key];
  if (memory.empty()) {
    memory.resize(static_cast<size_t>(bytes) / sizeof(std::max_align_t) + 1);
    std::memset(memory.data(), 0xff, memory.size() * sizeof(std::max_align_t));
  }
  return memory.data();
}

void copy_later(void* target, const void* source, int bytes, bool zero) {
  const Copy copy{target, source, bytes, zero};
  // As early as can be, too: what others still read there must not be needed any more.
  if (random() % 2)
    run_copies({copy});
  else
    block->current->copies.push_back(copy);
}

void commit_copies() {
  block->current->groups.push_back(std::move(block->current->copies));
  block->current->copies.clear();
}

void wait_for_copies(int pending) {
  auto& groups = block->current->groups;
  while (static_cast<int>(groups.size()) > pending) {
    run_copies(groups.front());
    groups.pop_front();
  }
}

}  // namespace msta::cuda::emulator
