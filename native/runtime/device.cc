#include "device.h"

#include <mutex>

#include "error.h"

namespace msta {

namespace {
// Never destroyed: worker threads of other environments may outlive static destruction.
std::mutex& registry_mutex() {
  static auto* mutex = new std::mutex;
  return *mutex;
}
std::vector<std::unique_ptr<Device>>& registry() {
  static auto* devices = new std::vector<std::unique_ptr<Device>>;
  return *devices;
}
}  // namespace

void register_device(std::unique_ptr<Device> device) {
  std::lock_guard lock(registry_mutex());
  for (const auto& known : registry())
    if (std::string(known->name()) == device->name()) return;
  registry().push_back(std::move(device));
}

Device* find_device(const std::string& name) {
  std::lock_guard lock(registry_mutex());
  for (const auto& device : registry())
    if (name == device->name()) return device.get();
  return nullptr;
}

std::vector<Device*> all_devices() {
  std::lock_guard lock(registry_mutex());
  std::vector<Device*> devices;
  for (const auto& device : registry()) devices.push_back(device.get());
  return devices;
}

void fail_kernel(const KernelArgs& args, const char* what, int64_t expected, int64_t actual) {
  throw Error("ERR_SHAPE", std::string("[") + args.op + "] " + what + ": expected " +
                               std::to_string(expected) + " but has " + std::to_string(actual));
}

}  // namespace msta
