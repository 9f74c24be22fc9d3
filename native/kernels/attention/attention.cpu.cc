#include "attention.h"

#include "../../cpu/kernels.h"
#include "attention_head.cpu.h"

namespace msta::MSTA_ISA {

namespace {

// Fewer tokens than this do not fill the panels of a matrix product.
constexpr int64_t fewest_tokens_for_blocks = 24;

bool is_direct(const AttentionShape& s) { return s.queries() == 1 || s.tokens < fewest_tokens_for_blocks; }

// Calls body(head, work) for every head, a few heads a task.
template <class Body>
void for_heads(const AttentionShape& s, KernelContext& context, int64_t work_size, Body&& body) {
  const int64_t heads = s.batch * s.heads, stride = round_up(work_size, 16);
  const int64_t group = larger(1, heads / (16 * context.thread_count));
  float* work = context.scratch<float>(stride * context.thread_count);
  context.parallel_for((heads + group - 1) / group, [&](int64_t task, int thread) {
    for (int64_t i = task * group; i < smaller(heads, (task + 1) * group); i++)
      body(AttentionHead(s, i), work + thread * stride);
  });
}

}  // namespace

void attention_forward(const KernelArgs& args, KernelContext& context) {
  const AttentionForward p(args);
  const AttentionShape& s = p.shape;
  if (s.batch * s.heads * s.tokens * s.head_dim == 0) return;
  if (!is_direct(s)) return attend_in_blocks(p, context);
  for_heads(s, context, direct_work(s),
            [&](const AttentionHead& head, float* work) { attend_directly(p, head, work); });
}

void attention_backward(const KernelArgs& args, KernelContext& context) {
  const AttentionBackward p(args);
  const AttentionShape& s = p.shape;
  if (s.batch * s.heads * s.tokens * s.head_dim == 0) return;
  if (!is_direct(s)) return attend_in_blocks_backward(p, context);
  for_heads(s, context, direct_backward_work(s),
            [&](const AttentionHead& head, float* work) { attend_directly_backward(p, head, work); });
}

}  // namespace msta::MSTA_ISA
