#include "../../cuda/bf16.h"
#include "../../cuda/gpu_stream.h"
#include "attention_rows.cuda.h"

namespace msta::cuda {

namespace {

struct StatsCall {
  Operand grad, out;
  const float* logsumexp;
  float factor;
  int padded;
  QueryStats* stats;
  Operand copy;  // of grad, or absent
  bool vectors, vector_copy;
  int lanes;
};

// Blocks work on a head each.
__global__ void __launch_bounds__(row_threads) gather_row_stats(const Heads s, const StatsCall call) {
  const int lanes = call.lanes, thread = static_cast<int>(threadIdx.x), rows = row_threads / lanes;
  const int blocks = (call.padded + rows - 1) / rows, block = static_cast<int>(blockIdx.x % blocks);
  const int64_t head = blockIdx.x / blocks;
  const int query = block * rows + thread / lanes;
  const bool exists = query < s.queries;
  float slope = 0;
  if (exists)
    for (int column = thread % lanes * 8; column < s.head_dim; column += lanes * 8) {
      const int64_t at = s.plain(head) + query * s.width + column;
      const int count = min(s.head_dim - column, 8);
      float grad[8], out[8];
      load_eight(call.grad, call.vectors, at, count, grad);
      load_eight(call.out, call.vectors, at, count, out);
      if (call.copy.data) {
        // The slope is that of the rounded gradient too: their differences with grad . v must cancel.
        store_eight(call.copy, call.vector_copy, at, count, grad);
#pragma unroll
        for (int i = 0; i < 8; i++) grad[i] = to_float(to_bf16(grad[i]));
      }
      slope += dot(grad, out);
    }
  slope = group_sum(slope, lanes);
  if (thread % lanes != 0 || query >= call.padded) return;
  const float logsumexp =
      exists ? call.logsumexp[head * s.queries + query] * call.factor : static_cast<float>(INFINITY);
  call.stats[head * call.padded + query] = {logsumexp, slope};
}

}  // namespace

void gather_stats(const AttentionBackward& p, Gpu& gpu, float factor, int padded, QueryStats* stats,
                  bf16* copy) {
  const Heads s(p.shape);
  const Operand copied{copy, p.grad.numel, DType::bf16};
  const int lanes = lanes_of_row(s.head_dim);
  const StatsCall call{p.grad,
                       p.out,
                       p.logsumexp,
                       factor,
                       padded,
                       stats,
                       copied,
                       suits_vectors(p.grad, s) && suits_vectors(p.out, s),
                       suits_vectors(copied, s),
                       lanes};
  const int64_t blocks = s.count * ceil_div(padded, row_threads / lanes);
  launch(gpu, gather_row_stats, dim3{static_cast<unsigned>(blocks), 1, 1}, row_threads, 0, s, call);
}

}  // namespace msta::cuda
