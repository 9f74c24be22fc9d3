#include "../../cuda/bf16.h"
#include "../../cuda/kernels.h"
#include "attention.cuda.h"
#include "attention_wgmma.cuda.h"

// Which of the attention kernels takes a call: the tensor cores where they can, for one query a head a
// kernel that reads keys and values once, and float32 arithmetic for all else.
namespace msta::cuda {

namespace {

bool is_empty(const AttentionShape& s) { return s.batch * s.heads * s.tokens * s.head_dim == 0; }

bool is_single(const AttentionShape& s) { return s.first_query_only && s.head_dim <= most_single_dim; }

}  // namespace

void attention_forward(const KernelArgs& args, Gpu& gpu) {
  const AttentionForward p(args);
  if (is_empty(p.shape)) return;
  if (is_single(p.shape))
    attention_forward_single(p, gpu);
  else if (can_use_wgmma_attention(p, gpu))
    attention_forward_wgmma(p, gpu);
  else if (suits_tiles(p.qkv, p.shape))
    attention_forward_tiles(p, gpu);
  else
    attention_forward_exact(p, gpu);
}

void attention_backward(const KernelArgs& args, Gpu& gpu) {
  const AttentionBackward p(args);
  if (is_empty(p.shape)) return;
  if (is_single(p.shape))
    attention_backward_single(p, gpu);
  else if (suits_tiles(p.qkv, p.shape))
    attention_backward_tiles(p, gpu);
  else
    attention_backward_exact(p, gpu);
}

}  // namespace msta::cuda
