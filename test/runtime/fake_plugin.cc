// A device plugin on the memory of the CPU, without kernels, for the tests of loading one. FAKE_PLUGIN in the
// environment says what it does: crash, hang or exit when it is loaded; a number of devices; or another fault.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "plugin_api.h"
#include "version.h"

namespace {

using msta::DevicePlugin;
using msta::PluginError;

std::string mode() {
  const char* value = getenv("FAKE_PLUGIN");
  return value ? value : "";
}

[[gnu::constructor]] void on_load() {
  if (mode() == "crash") abort();
  if (mode() == "exit") _exit(5);
  while (mode() == "hang") pause();
}

void fail(PluginError* error, const char* message) {
  snprintf(error->code, sizeof error->code, "ERR_DEVICE");
  snprintf(error->message, sizeof error->message, "%s", message);
}

const msta::PluginKernel kernels[] = {{nullptr, nullptr}};

DevicePlugin make_plugin() {
  DevicePlugin plugin{};
  plugin.abi = mode() == "abi" ? msta::plugin_abi + 1000 : msta::plugin_abi;
  plugin.version = mode() == "version" ? "0.0.9" : msta::version;
  plugin.kind = "cuda";
  plugin.kernels = kernels;
  plugin.device_count = [](PluginError* error) -> int32_t {
    if (mode() == "driver") fail(error, "the driver is older\nthan this plugin needs");
    return atoi(mode().c_str());
  };
  plugin.describe = [](int32_t device, char* text, size_t size, PluginError*) {
    snprintf(text, size, "fake GPU %d", device);
  };
  plugin.allocate = [](int32_t, size_t bytes, PluginError*) { return malloc(bytes); };
  plugin.free = [](int32_t, void* data) { free(data); };
  plugin.create_stream = [](int32_t, PluginError* error) -> void* {
    if (mode() == "1 busy") fail(error, "another program has this GPU to itself");
    return malloc(1);
  };
  plugin.destroy_stream = [](void* stream) { free(stream); };
  plugin.run = [](void*, const void*, const msta::KernelArgs*, int64_t, PluginError*) {};
  plugin.upload = [](void*, void* target, const void* source, size_t bytes, PluginError*) {
    memcpy(target, source, bytes);
  };
  plugin.download = [](void*, void* target, const void* source, size_t bytes, PluginError*) {
    memcpy(target, source, bytes);
    if (mode() == "1 liar") memset(target, 0, bytes);
  };
  plugin.synchronize = [](void*, PluginError*) {};
  plugin.release_scratch = [](void*, PluginError*) {};
  return plugin;
}

}  // namespace

extern "C" [[gnu::visibility("default")]] const DevicePlugin* msta_device_plugin() {
  static const DevicePlugin plugin = make_plugin();
  return &plugin;
}
