#pragma once
#include "gemm_parts.h"
#include "hopper_host.h"

// gemm_wgmma.cu: products of bfloat16 terms by the warpgroup instructions of Hopper (sm_90a), as multiply_mma
// does them elsewhere.
namespace msta::cuda {

constexpr TileShape wgmma_shapes[] = {{128, 256, 1.f, 4}, {128, 128, 0.9f, 3}};
constexpr int wgmma_slab = 64;  // depth of a step

bool can_use_wgmma(const Gpu& gpu, int64_t rows, int64_t depth, int64_t columns);
void multiply_wgmma(Gpu& gpu, int shape, const Terms& a, const Terms& b, const Target& target);

}  // namespace msta::cuda
