#pragma once
#include <cmath>

#include "attention.h"

// What the GPU's attention kernels share. To be included behind cuda/bf16.h and cuda/gpu_stream.h.
namespace msta::cuda {

// The sizes of a call as kernels want them. A head is one of one sequence: 0 to batch * heads.
struct Heads {
  int tokens, queries, heads, head_dim;
  bool causal;
  float scale;  // of scores
  int64_t count, width;

  explicit Heads(const AttentionShape& s)
      : tokens(static_cast<int>(s.tokens)),
        queries(static_cast<int>(s.queries())),
        heads(static_cast<int>(s.heads)),
        head_dim(static_cast<int>(s.head_dim)),
        causal(s.causal),
        scale(static_cast<float>(1 / std::sqrt(static_cast<double>(s.head_dim)))),
        count(s.batch * s.heads),
        width(s.width()) {}

  // Between the rows of qkv.
  __device__ __forceinline__ int64_t stride() const { return 3 * width; }
  // Offset of a head's q (part 0), k (1) or v (2) in qkv.
  __device__ __forceinline__ int64_t packed(int64_t head, int part) const {
    return head / heads * tokens * stride() + part * width + head % heads * head_dim;
  }
  // Offset of a head in out and its gradient, its rows width apart.
  __device__ __forceinline__ int64_t plain(int64_t head) const {
    return head / heads * queries * width + head % heads * head_dim;
  }
};

// Whether 16 bytes of every eighth element of a head's rows are aligned.
inline bool suits_vectors(const Operand& x, const Heads& s) {
  return reinterpret_cast<uintptr_t>(x.data) % 16 == 0 && s.head_dim % 8 == 0;
}

__device__ __forceinline__ void put(const Operand& x, int64_t i, float value) {
  if (x.dtype == DType::bf16)
    put(static_cast<bf16*>(x.data) + i, value);
  else
    put(static_cast<float*>(x.data) + i, value);
}

// What the backward kernels need to know of a query: e^(score - logsumexp) is its probability, and slope =
// grad . out is subtracted from the gradient of each.
struct QueryStats {
  float logsumexp, slope;
};

// The stats of each head's queries, `padded` places a head; behind the last query those of one that sees
// nothing. With `copy`, grad is also stored there as bfloat16. logsumexp is multiplied by `factor`.
void gather_stats(const AttentionBackward& p, Gpu& gpu, float factor, int padded, QueryStats* stats,
                  bf16* copy);

// For any size and storage type, in float32.
void attention_forward_exact(const AttentionForward& p, Gpu& gpu);
void attention_backward_exact(const AttentionBackward& p, Gpu& gpu);

// For one query a head, of up to this size.
constexpr int64_t most_single_dim = 256;
void attention_forward_single(const AttentionForward& p, Gpu& gpu);
void attention_backward_single(const AttentionBackward& p, Gpu& gpu);

// For the tensor cores.
constexpr int64_t most_tile_dim = 80;
inline bool suits_tiles(const Operand& qkv, const AttentionShape& s) {
  return qkv.dtype == DType::bf16 && s.head_dim <= most_tile_dim && suits_vectors(qkv, Heads(s));
}
void attention_forward_tiles(const AttentionForward& p, Gpu& gpu);
void attention_backward_tiles(const AttentionBackward& p, Gpu& gpu);

}  // namespace msta::cuda
