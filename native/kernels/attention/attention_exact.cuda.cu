#include "../../cuda/bf16.h"
#include "../../cuda/gpu_stream.h"
#include "attention.cuda.h"

// Attention in float32, for any size and storage type. A block of 16 x 16 threads holds a tile of 64 x 64
// scores, each thread 4 rows by every sixteenth column, and `columns` columns of a head's results; where the
// head has more, other blocks compute the same scores for them.
namespace msta::cuda {

namespace {

constexpr int threads = 256, side = 64, depth = 32;
// Floats between rows in shared memory: 16 bytes more than the row, for other banks.
constexpr int depth_pitch = depth + 4, side_pitch = side + 4;

// One head's rows in global memory.
struct Rows {
  const Operand& from;
  int64_t offset, stride;
  int count, columns;
};

// rows x width of a matrix as float32; zeros where it has none.
template <int rows, int width, class T>
__device__ __forceinline__ void load_tile_as(const Rows& x, int first_row, int first_column, float* tile,
                                             int pitch) {
  constexpr int rows_at_once = threads / width;
  const int row = static_cast<int>(threadIdx.x) / width, column = static_cast<int>(threadIdx.x) % width;
  const int rest = first_column + column < x.columns ? x.count - first_row - row : 0;
  const T* from =
      static_cast<const T*>(x.from.data) + x.offset + (first_row + row) * x.stride + first_column + column;
#pragma unroll 4
  for (int i = 0; i < rows; i += rows_at_once) {
    tile[(row + i) * pitch + column] = i < rest ? to_float(*from) : 0;
    from += rows_at_once * x.stride;
  }
}

template <int rows, int width>
__device__ __forceinline__ void load_tile(const Rows& x, int first_row, int first_column, float* tile,
                                          int pitch) {
  MSTA_FOR_DTYPE(x.from.dtype, T, { load_tile_as<rows, width, T>(x, first_row, first_column, tile, pitch); })
}

struct Shared {
  float *a, *b, *wide, *weights;  // `wide` lies over a and b
};

template <int columns>
__device__ __forceinline__ Shared shared_tiles() {
  static_assert(depth * (columns + 4) <= 2 * side * depth_pitch);
  SHARED_ARRAY(float4, tiles, 2 * side * depth_pitch / 4);
  SHARED_ARRAY(float4, weights, side * side_pitch / 4);
  auto* start = reinterpret_cast<float*>(tiles);
  return {start, start + side * depth_pitch, start, reinterpret_cast<float*>(weights)};
}

// The thread's first row, and its column of sixteen.
__device__ __forceinline__ int thread_row() { return static_cast<int>(threadIdx.x) / 16 * 4; }
__device__ __forceinline__ int thread_column() { return static_cast<int>(threadIdx.x) % 16; }

__device__ __forceinline__ float4 quad(const float* x) { return *reinterpret_cast<const float4*>(x); }

// score[i][j] = a row . b row over all columns: row i of the thread, and row 16 j + its column.
__device__ __forceinline__ void multiply_rows(const Rows& a, int first_a, const Rows& b, int first_b,
                                              const Shared& shared, float (&score)[4][4]) {
#pragma unroll
  for (int i = 0; i < 4; i++)
#pragma unroll
    for (int j = 0; j < 4; j++) score[i][j] = 0;
  for (int column = 0; column < a.columns; column += depth) {
    __syncthreads();
    load_tile<side, depth>(a, first_a, column, shared.a, depth_pitch);
    load_tile<side, depth>(b, first_b, column, shared.b, depth_pitch);
    __syncthreads();
#pragma unroll 1
    for (int k = 0; k < depth; k += 4) {
      float4 own[4], other[4];
#pragma unroll
      for (int i = 0; i < 4; i++) {
        own[i] = quad(shared.a + (thread_row() + i) * depth_pitch + k);
        other[i] = quad(shared.b + (thread_column() + 16 * i) * depth_pitch + k);
      }
#pragma unroll
      for (int i = 0; i < 4; i++)
#pragma unroll
        for (int j = 0; j < 4; j++)
          score[i][j] +=
              own[i].x * other[j].x + own[i].y * other[j].y + own[i].z * other[j].z + own[i].w * other[j].w;
    }
  }
}

// Makes the thread's weights known to the others that work on its rows, all of one warp.
__device__ __forceinline__ void share_weights(const Shared& shared, const float (&weight)[4][4]) {
  __syncwarp();
#pragma unroll
  for (int i = 0; i < 4; i++)
#pragma unroll
    for (int j = 0; j < 4; j++)
      shared.weights[(thread_row() + i) * side_pitch + thread_column() + 16 * j] = weight[i][j];
  __syncwarp();
}

// The column that element j of a thread's row of results belongs to.
__device__ __forceinline__ int result_column(int j) { return j / 4 * 64 + thread_column() * 4 + j % 4; }

// sum[i] += weights * x, for the rows of x from `first` and its columns from `column`.
template <int columns>
__device__ __forceinline__ void add_weighted(const Rows& x, int first, int column, const Shared& shared,
                                             float (&sum)[4][columns / 16]) {
  constexpr int pitch = columns + 4;
  for (int part = 0; part < side; part += depth) {
    __syncthreads();
    load_tile<depth, columns>(x, first + part, column, shared.wide, pitch);
    __syncthreads();
#pragma unroll 1
    for (int k = 0; k < depth; k += 4) {
      float weight[4][4];
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const float4 w = quad(shared.weights + (thread_row() + i) * side_pitch + part + k);
        weight[i][0] = w.x, weight[i][1] = w.y, weight[i][2] = w.z, weight[i][3] = w.w;
      }
#pragma unroll
      for (int kk = 0; kk < 4; kk++)
#pragma unroll
        for (int j = 0; j < columns / 16; j += 4) {
          const float4 v = quad(shared.wide + (k + kk) * pitch + result_column(j));
#pragma unroll
          for (int i = 0; i < 4; i++) {
            sum[i][j] += weight[i][kk] * v.x;
            sum[i][j + 1] += weight[i][kk] * v.y;
            sum[i][j + 2] += weight[i][kk] * v.z;
            sum[i][j + 3] += weight[i][kk] * v.w;
          }
        }
    }
  }
}

// Over the sixteen threads that share rows.
__device__ __forceinline__ float row_max(float x) {
#pragma unroll
  for (int step = 8; step > 0; step /= 2) x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, step));
  return x;
}
__device__ __forceinline__ float row_sum(float x) {
#pragma unroll
  for (int step = 8; step > 0; step /= 2) x += __shfl_xor_sync(0xffffffffu, x, step);
  return x;
}

// Which tile, columns and head the block at hand works on; tiles of a head are neighbours.
struct Task {
  int first, column;
  int64_t head;
  __device__ __forceinline__ Task(int rows, int head_dim, int columns) {
    const int tiles = (rows + side - 1) / side, parts = (head_dim + columns - 1) / columns;
    const int64_t block = blockIdx.x;
    first = static_cast<int>(block % tiles) * side;
    column = static_cast<int>(block / tiles % parts) * columns;
    head = block / tiles / parts;
  }
};

template <int columns>
dim3 tasks(const Heads& s, int rows) {
  return {static_cast<unsigned>(s.count * ceil_div(rows, side) * ceil_div(s.head_dim, columns)), 1, 1};
}

template <int columns>
__global__ void __launch_bounds__(threads, columns == 64 ? 2 : 1)
    attend_exact(const Heads s, const Operand qkv, const Operand out, float* logsumexp) {
  const Shared shared = shared_tiles<columns>();
  const Task task(s.queries, s.head_dim, columns);
  const Rows q{qkv, s.packed(task.head, 0), s.stride(), s.queries, s.head_dim};
  const Rows k{qkv, s.packed(task.head, 1), s.stride(), s.tokens, s.head_dim};
  const Rows v{qkv, s.packed(task.head, 2), s.stride(), s.tokens, s.head_dim};
  const int visible = s.causal ? min(s.tokens, task.first + side) : s.tokens;
  float top[4], total[4] = {}, sum[4][columns / 16] = {};
#pragma unroll
  for (int i = 0; i < 4; i++) top[i] = -INFINITY;

  for (int first = 0; first < visible; first += side) {
    float score[4][4];
    multiply_rows(q, task.first, k, first, shared, score);
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const int query = task.first + thread_row() + i;
      float above = -INFINITY;
#pragma unroll
      for (int j = 0; j < 4; j++) {
        const int key = first + 16 * j + thread_column();
        const bool seen = key < s.tokens && !(s.causal && key > query);
        score[i][j] = seen ? score[i][j] * s.scale : -INFINITY;
        above = fmaxf(above, score[i][j]);
      }
      above = fmaxf(top[i], row_max(above));
      const float base = above == -INFINITY ? 0 : above, factor = expf(top[i] - base);
      top[i] = above;
      total[i] *= factor;
#pragma unroll
      for (int j = 0; j < columns / 16; j++) sum[i][j] *= factor;
#pragma unroll
      for (int j = 0; j < 4; j++) {
        score[i][j] = expf(score[i][j] - base);
        total[i] += score[i][j];
      }
    }
    share_weights(shared, score);
    add_weighted<columns>(v, first, task.column, shared, sum);
  }

#pragma unroll
  for (int i = 0; i < 4; i++) {
    const int query = task.first + thread_row() + i;
    const float denominator = row_sum(total[i]);
    if (query >= s.queries) continue;
    if (logsumexp && task.column == 0 && thread_column() == 0)
      logsumexp[task.head * s.queries + query] = top[i] + logf(denominator);
#pragma unroll
    for (int j = 0; j < columns / 16; j++) {
      const int column = task.column + result_column(j);
      if (column < s.head_dim)
        put(out, s.plain(task.head) + query * s.width + column, sum[i][j] / denominator);
    }
  }
}

struct GradientCall {
  Operand grad, qkv, grad_qkv;
  const QueryStats* stats;
};

// With `of_keys`, the rows are keys and the columns of scores queries: dv += p^T grad, dk += ds^T q.
// Otherwise the rows are queries: dq += ds k. Here p = exp(score - logsumexp) and ds = p (grad . v - slope).
template <int columns, bool of_keys>
__global__ void __launch_bounds__(threads, columns == 64 ? 2 : 1)
    differentiate_exact(const Heads s, const GradientCall call) {
  const Shared shared = shared_tiles<columns>();
  const Task task(of_keys ? s.tokens : s.queries, s.head_dim, columns);
  const Rows q{call.qkv, s.packed(task.head, 0), s.stride(), s.queries, s.head_dim};
  const Rows k{call.qkv, s.packed(task.head, 1), s.stride(), s.tokens, s.head_dim};
  const Rows v{call.qkv, s.packed(task.head, 2), s.stride(), s.tokens, s.head_dim};
  const Rows grad{call.grad, s.plain(task.head), s.width, s.queries, s.head_dim};
  const QueryStats* stats = call.stats + task.head * s.queries;
  float sum[4][columns / 16] = {}, sum_value[4][columns / 16] = {};

  const int begin = of_keys && s.causal ? task.first : 0;
  const int all = of_keys ? s.queries : s.tokens;
  const int end = !of_keys && s.causal ? min(all, task.first + side) : all;
  for (int first = begin; first < end; first += side) {
    float weight[4][4], slope[4][4];
    multiply_rows(of_keys ? k : q, task.first, of_keys ? q : k, first, shared, weight);
    multiply_rows(of_keys ? v : grad, task.first, of_keys ? grad : v, first, shared, slope);
#pragma unroll
    for (int i = 0; i < 4; i++)
#pragma unroll
      for (int j = 0; j < 4; j++) {
        const int row = task.first + thread_row() + i, other = first + 16 * j + thread_column();
        const int query = of_keys ? other : row, key = of_keys ? row : other;
        const bool seen = query < s.queries && key < s.tokens && !(s.causal && key > query);
        const QueryStats known = stats[query < s.queries ? query : 0];
        weight[i][j] = seen ? expf(weight[i][j] * s.scale - known.logsumexp) : 0;
        slope[i][j] = seen ? weight[i][j] * (slope[i][j] - known.slope) : 0;
      }
    if constexpr (of_keys) {
      share_weights(shared, weight);
      add_weighted<columns>(grad, first, task.column, shared, sum_value);
    }
    share_weights(shared, slope);
    add_weighted<columns>(of_keys ? q : k, first, task.column, shared, sum);
  }

#pragma unroll
  for (int i = 0; i < 4; i++) {
    const int row = task.first + thread_row() + i;
    if (row >= (of_keys ? s.tokens : s.queries)) continue;
#pragma unroll
    for (int j = 0; j < columns / 16; j++) {
      const int column = task.column + result_column(j);
      if (column >= s.head_dim) continue;
      const int64_t at = row * s.stride() + column;
      put(call.grad_qkv, s.packed(task.head, of_keys ? 1 : 0) + at, sum[i][j] * s.scale);
      if constexpr (of_keys) {
        put(call.grad_qkv, s.packed(task.head, 2) + at, sum_value[i][j]);
        if (row >= s.queries) put(call.grad_qkv, s.packed(task.head, 0) + at, 0);
      }
    }
  }
}

template <int columns>
void backward(const Heads& s, const GradientCall& call, Gpu& gpu) {
  launch(gpu, differentiate_exact<columns, true>, tasks<columns>(s, s.tokens), threads, 0, s, call);
  launch(gpu, differentiate_exact<columns, false>, tasks<columns>(s, s.queries), threads, 0, s, call);
}

}  // namespace

void attention_forward_exact(const AttentionForward& p, Gpu& gpu) {
  const Heads s(p.shape);
  if (s.head_dim <= 64)
    launch(gpu, attend_exact<64>, tasks<64>(s, s.queries), threads, 0, s, p.qkv, p.out, p.logsumexp);
  else
    launch(gpu, attend_exact<128>, tasks<128>(s, s.queries), threads, 0, s, p.qkv, p.out, p.logsumexp);
}

void attention_backward_exact(const AttentionBackward& p, Gpu& gpu) {
  const Heads s(p.shape);
  auto* stats = gpu.scratch<QueryStats>(s.count * s.queries);
  gather_stats(p, gpu, 1, s.queries, stats, nullptr);
  const GradientCall call{p.grad, p.qkv, p.grad_qkv, stats};
  if (s.head_dim <= 64)
    backward<64>(s, call, gpu);
  else
    backward<128>(s, call, gpu);
}

}  // namespace msta::cuda
