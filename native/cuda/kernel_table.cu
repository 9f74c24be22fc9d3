#include "kernel_table.h"

#include "kernels.h"

namespace msta::cuda {

#define MSTA_ENTRY(name) {#name, reinterpret_cast<const void*>(&name)},
const PluginKernel kernel_table[] = {MSTA_KERNELS(MSTA_ENTRY){nullptr, nullptr}};
#undef MSTA_ENTRY

}  // namespace msta::cuda
