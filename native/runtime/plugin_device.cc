#include "plugin_device.h"

#include <dlfcn.h>

#include <memory>
#include <unordered_map>

#include "device.h"
#include "error.h"
#include "plugin_api.h"
#include "version.h"

namespace msta {

namespace {

// Turns what a plugin reports into an exception.
class Outcome {
 public:
  operator PluginError*() { return &error_; }
  void check() const {
    if (error_.code[0]) throw Error(error_.code, error_.message, error_.tag);
  }

 private:
  PluginError error_{{}, {}, -1};
};

class PluginDevice : public Device {
 public:
  PluginDevice(const DevicePlugin& plugin, int32_t index)
      : plugin_(plugin), index_(index), name_(std::string(plugin.kind) + ":" + std::to_string(index)) {
    for (const PluginKernel* entry = plugin.kernels; entry->op; entry++)
      kernels_.emplace(entry->op, entry->kernel);
    char text[256] = "";
    Outcome outcome;
    plugin.describe(index, text, sizeof text, outcome);
    outcome.check();
    description_ = text;
  }

  const char* name() const override { return name_.c_str(); }
  std::string description() const override { return description_; }
  void* allocate(size_t bytes) override {
    Outcome outcome;
    void* data = plugin_.allocate(index_, bytes, outcome);
    outcome.check();
    return data;
  }
  void free(void* data, size_t) override { plugin_.free(index_, data); }
  KernelHandle find_kernel(const std::string& op) const override {
    const auto found = kernels_.find(op);
    return found == kernels_.end() ? nullptr : found->second;
  }

  void* create_stream_state() override {
    Outcome outcome;
    void* state = plugin_.create_stream(index_, outcome);
    outcome.check();
    return state;
  }
  void destroy_stream_state(void* state) override { plugin_.destroy_stream(state); }
  void run(void* state, KernelHandle kernel, const KernelArgs& args, int64_t tag) override {
    Outcome outcome;
    plugin_.run(state, kernel, &args, tag, outcome);
    outcome.check();
  }
  void release_scratch(void* state) override {
    Outcome outcome;
    plugin_.release_scratch(state, outcome);
    outcome.check();
  }
  void upload(void* state, void* target, const void* source, size_t bytes) override {
    Outcome outcome;
    plugin_.upload(state, target, source, bytes, outcome);
    outcome.check();
  }
  void download(void* state, void* target, const void* source, size_t bytes) override {
    Outcome outcome;
    plugin_.download(state, target, source, bytes, outcome);
    outcome.check();
  }
  void synchronize(void* state) override {
    Outcome outcome;
    plugin_.synchronize(state, outcome);
    outcome.check();
  }

  bool captures_graphs() const override { return true; }
  void begin_capture(void* state) override {
    Outcome outcome;
    plugin_.begin_capture(state, outcome);
    outcome.check();
  }
  void* end_capture(void* state) override {
    Outcome outcome;
    void* graph = plugin_.end_capture(state, outcome);
    outcome.check();
    return graph;
  }
  void launch_graph(void* state, void* graph, int64_t tag) override {
    Outcome outcome;
    plugin_.launch_graph(state, graph, tag, outcome);
    outcome.check();
  }
  void destroy_graph(void* graph) override { plugin_.destroy_graph(graph); }

 private:
  const DevicePlugin& plugin_;
  int32_t index_;
  std::string name_, description_;
  std::unordered_map<std::string, const void*> kernels_;
};

}  // namespace

int load_plugin(const std::string& path) {
  // Never closed: its devices stay registered for the life of the process.
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) throw Error("ERR_DEVICE", dlerror());
  const auto entry = reinterpret_cast<PluginEntry>(dlsym(library, plugin_symbol));
  if (!entry) throw Error("ERR_DEVICE", path + ": not a device plugin (no symbol " + plugin_symbol + ")");
  const DevicePlugin* plugin = entry();
  if (plugin->abi != plugin_abi)
    throw Error("ERR_DEVICE", path + ": made for another version of msta-native (interface " +
                                  std::to_string(plugin->abi) + ", this one has " +
                                  std::to_string(plugin_abi) + "): build it again");
  if (std::string(plugin->version) != version)
    throw Error("ERR_DEVICE", path + ": of msta-native " + plugin->version + ", this is " + version +
                                  ": build or install the one of this version");
  Outcome outcome;
  const int32_t count = plugin->device_count(outcome);
  outcome.check();
  for (int32_t i = 0; i < count; i++) register_device(std::make_unique<PluginDevice>(*plugin, i));
  return count;
}

}  // namespace msta
