#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <vector>

#include "../runtime/plugin_api.h"
#include "../runtime/version.h"
#include "kernel_table.h"
#include "staging.h"

// The plugin's side of native/runtime/plugin_api.h.
namespace msta::cuda {

namespace {

constexpr int oldest_architecture = 80;

struct Graph {
  int32_t device;
  cudaGraphExec_t executable = nullptr;
  Arena arena;                   // what the graph's kernels use as scratch, every time it runs
  std::vector<void*> constants;  // pinned: what its uploads copy, every time it runs
  ~Graph() {
    if (executable) cudaGraphExecDestroy(executable);
    for (void* data : constants) cudaFreeHost(data);
  }
};

// One stream on one GPU, with all that belongs to it.
class PluginStream {
 public:
  explicit PluginStream(int32_t device) : device_(device) {
    use();
    cudaDeviceProp properties;
    check(cudaGetDeviceProperties(&properties, device), "create stream");
    gpu_.architecture = properties.major * 10 + properties.minor;
    gpu_.multiprocessors = properties.multiProcessorCount;
    if (gpu_.architecture < oldest_architecture)
      throw Error("ERR_DEVICE", std::string(properties.name) + " has compute capability " +
                                    std::to_string(properties.major) + "." +
                                    std::to_string(properties.minor) + "; at least 8.0 (Ampere) is needed");
    check(cudaStreamCreateWithFlags(&gpu_.stream, cudaStreamNonBlocking), "create stream");
    staging_ = std::make_unique<Staging>(gpu_.stream);
    void* report = nullptr;
    check(cudaMallocHost(&report, sizeof(IndexReport)), "create stream");
    gpu_.report = new (report) IndexReport{0, 0};
    gpu_.arena = &arena_;
  }
  ~PluginStream() {
    use();
    if (gpu_.stream) cudaStreamSynchronize(gpu_.stream);
    staging_.reset();
    arena_.release();
    for (cudaEvent_t& mark : marks_)
      if (mark) cudaEventDestroy(mark);
    if (gpu_.report) cudaFreeHost(gpu_.report);
    if (gpu_.stream) cudaStreamDestroy(gpu_.stream);
  }
  PluginStream(const PluginStream&) = delete;

  void run(const void* kernel, const KernelArgs& args, int64_t tag) {
    use();
    gpu_.op = args.op;
    gpu_.tag = capture_ ? Gpu::tag_of_graph : tag;
    gpu_.arena->reset();
    reinterpret_cast<GpuKernel>(const_cast<void*>(kernel))(args, gpu_);
    if (!capture_) throttle();
  }
  void upload(void* target, const void* source, size_t bytes) {
    use();
    if (!capture_) {
      staging_->upload(target, source, bytes);
      return;
    }
    void* kept = nullptr;
    check(cudaMallocHost(&kept, bytes), "upload");
    capture_->constants.push_back(kept);
    std::memcpy(kept, source, bytes);
    check(cudaMemcpyAsync(target, kept, bytes, cudaMemcpyHostToDevice, gpu_.stream), "upload");
  }
  void download(void* target, const void* source, size_t bytes) {
    use();
    forbid_in_graph("download");
    staging_->download(target, source, bytes);
  }
  void synchronize() {
    use();
    if (capture_) return;  // nothing captured has run
    check(cudaStreamSynchronize(gpu_.stream), "synchronize");
    gpu_.throw_reported_index();
  }
  void release_scratch() {
    synchronize();
    arena_.release();
  }

  void begin_capture() {
    use();
    forbid_in_graph("begin a graph");
    auto graph = std::make_unique<Graph>();
    graph->device = device_;
    check(cudaStreamBeginCapture(gpu_.stream, cudaStreamCaptureModeRelaxed), "begin a graph");
    capture_ = std::move(graph);
    gpu_.arena = &capture_->arena;
  }
  Graph* end_capture() {
    use();
    if (!capture_) throw Error("ERR_ARGUMENT", "no graph was begun");
    std::unique_ptr<Graph> graph = std::move(capture_);
    gpu_.arena = &arena_;
    cudaGraph_t recorded = nullptr;
    check(cudaStreamEndCapture(gpu_.stream, &recorded), "end a graph");
    const cudaError_t error = cudaGraphInstantiate(&graph->executable, recorded, 0);
    cudaGraphDestroy(recorded);
    check(error, "end a graph");
    return graph.release();
  }
  void launch_graph(const Graph& graph, int64_t tag) {
    use();
    gpu_.graph_tag = tag;
    check(cudaGraphLaunch(graph.executable, gpu_.stream), "run a graph");
    throttle();
  }

 private:
  void use() { check(cudaSetDevice(device_), "choose the GPU"); }
  void forbid_in_graph(const char* what) {
    if (capture_) throw Error("ERR_ARGUMENT", std::string("cannot ") + what + " inside a graph");
  }
  // Keeps the host from running far ahead of the GPU, so that an abort takes effect soon.
  void throttle() {
    if (++runs_ % runs_between_marks) return;
    cudaEvent_t& mark = marks_[runs_ / runs_between_marks % mark_count];
    if (mark)
      check(cudaEventSynchronize(mark), "wait");
    else
      check(cudaEventCreateWithFlags(&mark, cudaEventDisableTiming), "wait");
    check(cudaEventRecord(mark, gpu_.stream), "wait");
  }

  static constexpr int64_t runs_between_marks = 64;
  static constexpr int mark_count = 4;
  int32_t device_;
  Gpu gpu_;
  Arena arena_;
  std::unique_ptr<Staging> staging_;
  std::unique_ptr<Graph> capture_;
  cudaEvent_t marks_[mark_count] = {};
  int64_t runs_ = 0;
};

// Runs body; an exception fills error instead of leaving the plugin.
template <class Body>
auto guarded(PluginError* error, Body&& body) -> decltype(body()) {
  const auto report = [&](const char* code, const char* message, int64_t tag) {
    std::snprintf(error->code, sizeof error->code, "%s", code);
    std::snprintf(error->message, sizeof error->message, "%s", message);
    error->tag = tag;
  };
  try {
    return body();
  } catch (const Error& failure) {
    report(failure.code(), failure.what(), failure.tag());
  } catch (const std::bad_alloc&) {
    report("ERR_OUT_OF_MEMORY", "out of memory", -1);
  } catch (const std::exception& failure) {
    report("ERR_NATIVE", failure.what(), -1);
  }
  return decltype(body())();
}

PluginStream& stream_of(void* stream) { return *static_cast<PluginStream*>(stream); }

int32_t device_count(PluginError* error) {
  return guarded(error, [] {
    int count = 0;
    const cudaError_t result = cudaGetDeviceCount(&count);
    if (result != cudaSuccess) {
      cudaGetLastError();
      throw Error("ERR_DEVICE", std::string("CUDA finds no GPU: ") + cudaGetErrorString(result));
    }
    return int32_t{count};
  });
}

void describe(int32_t device, char* text, size_t size, PluginError* error) {
  guarded(error, [&] {
    cudaDeviceProp properties;
    check(cudaGetDeviceProperties(&properties, device), "describe");
    int driver = 0;
    check(cudaDriverGetVersion(&driver), "describe");
    std::snprintf(
        text, size, "%s, %.0f GiB, compute capability %d.%d, %d multiprocessors, driver for CUDA %d.%d",
        properties.name, static_cast<double>(properties.totalGlobalMem) / (1 << 30), properties.major,
        properties.minor, properties.multiProcessorCount, driver / 1000, driver % 1000 / 10);
  });
}

void* allocate(int32_t device, size_t bytes, PluginError* error) {
  return guarded(error, [&]() -> void* {
    check(cudaSetDevice(device), "allocate");
    void* data = nullptr;
    const cudaError_t result = cudaMalloc(&data, bytes);
    if (result == cudaSuccess) return data;
    cudaGetLastError();
    if (result == cudaErrorMemoryAllocation) return nullptr;
    throw Error("ERR_DEVICE", std::string("[allocate] ") + cudaGetErrorString(result));
  });
}

void free_memory(int32_t device, void* data) {
  if (cudaSetDevice(device) == cudaSuccess) cudaFree(data);
}

const DevicePlugin plugin = {
    plugin_abi,
    version,
    "cuda",
    kernel_table,
    device_count,
    describe,
    allocate,
    free_memory,
    [](int32_t device, PluginError* error) {
      return guarded(error, [&]() -> void* { return new PluginStream(device); });
    },
    [](void* stream) { delete static_cast<PluginStream*>(stream); },
    [](void* stream, const void* kernel, const KernelArgs* args, int64_t tag, PluginError* error) {
      guarded(error, [&] { stream_of(stream).run(kernel, *args, tag); });
    },
    [](void* stream, void* target, const void* source, size_t bytes, PluginError* error) {
      guarded(error, [&] { stream_of(stream).upload(target, source, bytes); });
    },
    [](void* stream, void* target, const void* source, size_t bytes, PluginError* error) {
      guarded(error, [&] { stream_of(stream).download(target, source, bytes); });
    },
    [](void* stream, PluginError* error) { guarded(error, [&] { stream_of(stream).synchronize(); }); },
    [](void* stream, PluginError* error) { guarded(error, [&] { stream_of(stream).release_scratch(); }); },
    [](void* stream, PluginError* error) { guarded(error, [&] { stream_of(stream).begin_capture(); }); },
    [](void* stream, PluginError* error) {
      return guarded(error, [&]() -> void* { return stream_of(stream).end_capture(); });
    },
    [](void* stream, void* graph, int64_t tag, PluginError* error) {
      guarded(error, [&] { stream_of(stream).launch_graph(*static_cast<Graph*>(graph), tag); });
    },
    [](void* graph) {
      auto* known = static_cast<Graph*>(graph);
      if (cudaSetDevice(known->device) == cudaSuccess) delete known;
    },
};

}  // namespace

}  // namespace msta::cuda

extern "C" __attribute__((visibility("default"))) const msta::DevicePlugin* msta_device_plugin() {
  return &msta::cuda::plugin;
}
