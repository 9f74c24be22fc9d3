#pragma once
#include "../kernels/list.h"
#include "../runtime/kernel.h"

// Every CPU kernel, once per instruction set. kernel_table.cc lists them by name.
namespace msta::MSTA_ISA {

// Weights in another layout are an affair of the CPU alone, and so are the ceilings of its instructions.
#ifdef MSTA_SANITIZED
#define MSTA_SANITIZED_KERNELS(X) X(stray)
#else
#define MSTA_SANITIZED_KERNELS(X)
#endif
#define MSTA_CPU_KERNELS(X) \
  MSTA_KERNELS(X) X(linear_pack) X(linear_unpack) X(cpu_peak) MSTA_SANITIZED_KERNELS(X)

#define MSTA_DECLARE(name) void name(const KernelArgs& args, KernelContext& context);
MSTA_CPU_KERNELS(MSTA_DECLARE)
#undef MSTA_DECLARE

}  // namespace msta::MSTA_ISA
