#pragma once
#include "attention.cuda.h"

// attention_wgmma.cuda.cu: by the warpgroup instructions of Hopper (sm_90a), where use_wgmma().
namespace msta::cuda {

bool can_use_wgmma_attention(const AttentionForward& p, const Gpu& gpu);
void attention_forward_wgmma(const AttentionForward& p, Gpu& gpu);

}  // namespace msta::cuda
