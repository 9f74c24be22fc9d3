#pragma once
#include <string>

#include "../runtime/kernel.h"

namespace msta {

// Registers the "cpu" device once. The instruction set is the best the processor has, or MSTA_CPU_ISA
// (avx512, avx2, portable); throws ERR_DEVICE when that one is unknown or not supported here.
void register_cpu_device();

// One kernel of one instruction set's build.
struct KernelEntry {
  const char* op;
  Kernel kernel;
};

}  // namespace msta
