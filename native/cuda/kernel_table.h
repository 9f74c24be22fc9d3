#pragma once
#include "../runtime/plugin_api.h"

namespace msta::cuda {
extern const PluginKernel kernel_table[];
}
