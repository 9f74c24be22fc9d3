#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernel.h"

namespace msta {

// A kernel as its own device knows it.
using KernelHandle = const void*;

// A place that holds memory and runs kernels. The CPU is one; a CUDA plugin registers others.
// A stream's worker thread is the only caller of the functions that take a `state`.
class Device {
 public:
  virtual ~Device() = default;
  virtual const char* name() const = 0;         // "cpu", "cuda:0"
  virtual std::string description() const = 0;  // for people: instruction set, threads, model
  virtual void* allocate(size_t bytes) = 0;     // null when there is no memory left
  virtual void free(void* data, size_t bytes) = 0;
  virtual KernelHandle find_kernel(const std::string& op) const = 0;  // null when unknown

  // Per-stream state: scratch memory here, a CUDA stream there.
  virtual void* create_stream_state() = 0;
  virtual void destroy_stream_state(void* state) = 0;
  // Runs a kernel, or enqueues it; throws Error. What fails later is thrown by synchronize, with `tag`.
  virtual void run(void* state, KernelHandle kernel, const KernelArgs& args, int64_t tag) = 0;
  virtual void release_scratch(void* state) = 0;
  virtual void upload(void* state, void* target, const void* source, size_t bytes) = 0;
  virtual void download(void* state, void* target, const void* source, size_t bytes) = 0;
  virtual void synchronize(void* state) = 0;

  // Whether kernels run between begin_capture and end_capture become a graph instead.
  virtual bool captures_graphs() const { return false; }
  virtual void begin_capture(void*) {}
  virtual void* end_capture(void*) { return nullptr; }
  virtual void launch_graph(void*, void*, int64_t) {}
  virtual void destroy_graph(void*) {}
};

// All devices of the process. Registered once, never removed.
void register_device(std::unique_ptr<Device> device);
Device* find_device(const std::string& name);
std::vector<Device*> all_devices();

}  // namespace msta
