#pragma once
#include <string>

namespace msta {

// Loads a device plugin (native/runtime/plugin_api.h) and registers its devices; loading it again does
// nothing. Returns how many devices it found. Throws Error ERR_DEVICE that says what is wrong with the file
// or what the plugin lacks; a plugin that fails stays loaded, but unused.
int load_plugin(const std::string& path);

}  // namespace msta
