#include "kernels.h"

#include "cpu_device.h"

namespace msta::MSTA_ISA {

#define MSTA_ENTRY(name) {#name, name},
extern const KernelEntry kernel_table[];
const KernelEntry kernel_table[] = {MSTA_CPU_KERNELS(MSTA_ENTRY){nullptr, nullptr}};
#undef MSTA_ENTRY

}  // namespace msta::MSTA_ISA
