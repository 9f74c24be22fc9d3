#pragma once
#include <cstddef>
#include <cstdint>

#include "kernel.h"

// What a device plugin (libmsta_cuda.so) offers the addon. Plain data and functions only, since the two may
// come from different compilers: no exception crosses, a failure fills a PluginError.
namespace msta {

// Raised with every change of this file or of kernel.h.
constexpr uint32_t plugin_abi = 1;

struct PluginError {
  char code[32];  // empty: no error; else one of lib/runtime/errors.ts
  char message[992];
  int64_t tag;  // of the run() that failed, where that is known; else -1
};

struct PluginKernel {
  const char* op;
  const void* kernel;
};

// Pointers called `stream` come from create_stream; only its owner's thread uses them. `device` counts from
// 0.
struct DevicePlugin {
  uint32_t abi;
  const char* version;          // of the package
  const char* kind;             // "cuda": devices are named cuda:0, cuda:1, ...
  const PluginKernel* kernels;  // the last has a null op

  int32_t (*device_count)(PluginError* error);
  void (*describe)(int32_t device, char* text, size_t size, PluginError* error);
  void* (*allocate)(int32_t device, size_t bytes, PluginError* error);  // null when there is no memory left
  void (*free)(int32_t device, void* data);

  void* (*create_stream)(int32_t device, PluginError* error);
  void (*destroy_stream)(void* stream);
  // Enqueues a kernel; what goes wrong later is told by synchronize, with this call's tag if it is known.
  void (*run)(void* stream, const void* kernel, const KernelArgs* args, int64_t tag, PluginError* error);
  void (*upload)(void* stream, void* target, const void* source, size_t bytes, PluginError* error);
  void (*download)(void* stream, void* target, const void* source, size_t bytes, PluginError* error);
  void (*synchronize)(void* stream, PluginError* error);
  void (*release_scratch)(void* stream, PluginError* error);

  // Work enqueued between begin and end does not run; it becomes a graph, which runs it any number of times.
  void (*begin_capture)(void* stream, PluginError* error);
  void* (*end_capture)(void* stream, PluginError* error);
  void (*launch_graph)(void* stream, void* graph, int64_t tag, PluginError* error);
  void (*destroy_graph)(void* graph);
};

// The one symbol a plugin exports.
constexpr const char* plugin_symbol = "msta_device_plugin";
using PluginEntry = const DevicePlugin* (*)();

}  // namespace msta
