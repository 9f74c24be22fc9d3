#include "token_embed.h"

#include "../../cuda/elements.h"
#include "../../cuda/gemm.h"
#include "../../cuda/kernels.h"
#include "../../cuda/reduce.h"

namespace msta::cuda {

namespace {

constexpr int threads = 128, warps = threads / 32;

// A block a token.
template <int n>
__global__ void embed_tokens(const TokenEmbedForward p, const IndexCheck check) {
  const int64_t token = blockIdx.x, position = token % p.length;
  const int id = p.ids[token];
  if (!is_valid(check, id)) return;
  for (int64_t i = int64_t{threadIdx.x} * n; i < p.width; i += threads * n) {
    float x[n], shift[n];
    load(p.table, id * p.width + i, x);
    load(p.position, position * p.width + i, shift);
#pragma unroll
    for (int j = 0; j < n; j++) x[j] += shift[j];
    store(p.out, token * p.width + i, x);
  }
}

// Where a token is the first of its id, its block adds up the gradients of all tokens of that id, 32 n
// columns of them: warps share the tokens, then their sums are added in order.
template <int n>
__global__ void table_gradients(const TokenEmbedBackward p, const IndexCheck check) {
  constexpr int columns = 32 * n;
  SHARED_ARRAY(float, partial, warps* columns);
  const int64_t token = blockIdx.x, tokens = p.batch * p.length;
  const int64_t first_column = int64_t{blockIdx.y} * columns;
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int id = p.ids[token];
  if (!is_valid(check, id)) return;
  bool earlier = false;
  for (int64_t i = threadIdx.x; i < token; i += threads) earlier |= p.ids[i] == id;
  if (block_max(earlier ? 1.f : 0.f) > 0) return;
  const int64_t column = first_column + lane * n;
  float total[n] = {};
  for (int64_t first = token + warp * 32; first < tokens; first += threads) {
    const int64_t mine = first + lane;
    unsigned found = __ballot_sync(0xffffffffu, mine < tokens && p.ids[mine] == id);
    for (; found; found &= found - 1) {
      if (column >= p.width) continue;
      float grad[n];
      load(p.grad, (first + __ffs(static_cast<int>(found)) - 1) * p.width + column, grad);
#pragma unroll
      for (int j = 0; j < n; j++) total[j] += grad[j];
    }
  }
#pragma unroll
  for (int j = 0; j < n; j++) partial[warp * columns + lane * n + j] = total[j];
  __syncthreads();
  for (int i = threadIdx.x; i < columns && first_column + i < p.width; i += threads) {
    float sum = 0;
    for (int w = 0; w < warps; w++) sum += partial[w * columns + i];
    p.grad_table[id * p.width + first_column + i] = sum;
  }
}

__global__ void check_ids(const int32_t* ids, int64_t count, const IndexCheck check) {
  const int64_t stride = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += stride)
    is_valid(check, ids[i]);
}

}  // namespace

void token_embed_forward(const KernelArgs& args, Gpu& gpu) {
  const TokenEmbedForward p(args);
  const IndexCheck check = gpu.index_check("token id (at most)", p.vocabulary);
  const dim3 grid{static_cast<unsigned>(p.batch * p.length), 1, 1};
  MSTA_FOR_VECTOR_LENGTH(vector_length(p.width, p.table, p.position, p.out), n,
                         launch(gpu, embed_tokens<n>, grid, threads, 0, p, check);)
}

void token_embed_backward(const KernelArgs& args, Gpu& gpu) {
  const TokenEmbedBackward p(args);
  const int64_t tokens = p.batch * p.length;
  const IndexCheck check = gpu.index_check("token id (at most)", p.vocabulary);
  if (p.grad_table) {
    gpu.clear(p.grad_table, p.vocabulary * p.width * 4);
    MSTA_FOR_VECTOR_LENGTH(vector_length(p.width, p.grad), n, {
      const dim3 grid{static_cast<unsigned>(tokens), static_cast<unsigned>(ceil_div(p.width, 32 * n)), 1};
      launch(gpu, table_gradients<n>, grid, threads, 0, p, check);
    })
  } else {
    launch(gpu, check_ids, grid_of(tokens), 256, 0, p.ids, tokens, check);
  }
  if (p.grad_position) {
    const int64_t used = p.length * p.width;
    column_sums(gpu, p.batch, used, p.grad, 1, operand_of(p.grad_position, used));
    gpu.clear(p.grad_position + used, (p.context - p.length) * p.width * 4);
  }
}

}  // namespace msta::cuda
