#pragma once
#include "../../runtime/arg_reader.h"

// attention: softmax(q k^T / sqrt(head_dim)) v over packed qkv, per head; never holds an N x N matrix.
namespace msta::MSTA_ISA {

struct AttentionShape {
  int64_t batch, tokens, heads, head_dim;
  bool causal;            // token i sees tokens 0..i
  bool first_query_only;  // queries: only token 0 (CLS) of each sequence
  int64_t width() const { return heads * head_dim; }
  int64_t queries() const { return first_query_only ? (tokens < 1 ? tokens : 1) : tokens; }

  explicit AttentionShape(ArgReader& read) {
    batch = read.dimension("batch"), tokens = read.dimension("tokens");
    heads = read.dimension("heads"), head_dim = read.dimension("head_dim");
    causal = read.integer() != 0;
    first_query_only = read.integer() != 0;
  }
};

struct AttentionForward {
  AttentionShape shape;
  Operand qkv;       // [batch, tokens, 3 * width], q | k | v
  Operand out;       // [batch, queries, width]
  float* logsumexp;  // [batch, heads, queries], optional, kept for backward

  explicit AttentionForward(const KernelArgs& args) : AttentionForward(ArgReader(args)) {}

 private:
  explicit AttentionForward(ArgReader read) : shape(read) {
    qkv = read.required("qkv", shape.batch * shape.tokens * 3 * shape.width());
    out = read.required("out", shape.batch * shape.queries() * shape.width());
    logsumexp = read.optional_f32("logsumexp", shape.batch * shape.heads * shape.queries());
  }
};

struct AttentionBackward {
  AttentionShape shape;
  Operand grad, qkv, out;  // as in forward
  float* logsumexp;
  Operand grad_qkv;  // [batch, tokens, 3 * width]

  explicit AttentionBackward(const KernelArgs& args) : AttentionBackward(ArgReader(args)) {}

 private:
  explicit AttentionBackward(ArgReader read) : shape(read) {
    grad = read.required("grad", shape.batch * shape.queries() * shape.width());
    qkv = read.required("qkv", shape.batch * shape.tokens * 3 * shape.width());
    out = read.required("out", shape.batch * shape.queries() * shape.width());
    logsumexp = read.f32("logsumexp", shape.batch * shape.heads * shape.queries());
    grad_qkv = read.required("grad_qkv", shape.batch * shape.tokens * 3 * shape.width());
  }
};

}  // namespace msta::MSTA_ISA
