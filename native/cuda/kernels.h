#pragma once
#include "../kernels/list.h"
#include "gpu_stream.h"

// Every CUDA kernel. kernel_table.cu lists them by name.
namespace msta::cuda {

#define MSTA_DECLARE(name) void name(const KernelArgs& args, Gpu& gpu);
MSTA_KERNELS(MSTA_DECLARE)
#undef MSTA_DECLARE

}  // namespace msta::cuda
