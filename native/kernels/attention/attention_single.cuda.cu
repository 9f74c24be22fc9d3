#include "../../cuda/bf16.h"
#include "../../cuda/gpu_stream.h"
#include "attention_rows.cuda.h"

// One query a head (CLS of a last block): there is nothing to reuse, so a block reads the keys and values of
// a head once, its groups of lanes sharing them.
namespace msta::cuda {

namespace {

constexpr int warps = row_threads / 32;

// Where the thread at hand stands: the group's number, and the thread's columns in a row.
struct Place {
  int group, groups, column, count;
  __device__ __forceinline__ Place(const Heads& s, int lanes)
      : group(static_cast<int>(threadIdx.x) / lanes),
        groups(row_threads / lanes),
        column(static_cast<int>(threadIdx.x) % lanes * 8),
        count(min(max(s.head_dim - column, 0), 8)) {}
};

__device__ __forceinline__ int visible_keys(const Heads& s) { return s.causal ? 1 : s.tokens; }

// A softmax over some keys: the highest score, the sum of exponentials relative to it, and eight columns of
// the values weighted with them.
struct Partial {
  float top = -INFINITY, total = 0, sum[8] = {};

  // Makes `above` the score that sums are relative to.
  __device__ __forceinline__ void rescale(float above) {
    const float factor = expf(top - (above == -INFINITY ? 0 : above));
    top = above;
    total *= factor;
#pragma unroll
    for (int i = 0; i < 8; i++) sum[i] *= factor;
  }
  __device__ __forceinline__ void add(float score, const float (&value)[8]) {
    const float weight = expf(score - (top == -INFINITY ? 0 : top));
    total += weight;
#pragma unroll
    for (int i = 0; i < 8; i++) sum[i] += weight * value[i];
  }
  // Adds what the lane `step` away has: the same columns of other keys.
  __device__ __forceinline__ void merge(int step) {
    rescale(fmaxf(top, __shfl_xor_sync(0xffffffffu, top, step)));
    total += __shfl_xor_sync(0xffffffffu, total, step);
#pragma unroll
    for (int i = 0; i < 8; i++) sum[i] += __shfl_xor_sync(0xffffffffu, sum[i], step);
  }
};

// Adds the keys from `first` on, `batch` for each group: so many loads are under way at once.
template <bool vectors, int batch, class T>
__device__ __forceinline__ void attend_batch(const Heads& s, const Place& place, int lanes, int first,
                                             const float (&query)[8], const T* keys, const T* values,
                                             Partial& partial) {
  const int visible = visible_keys(s);
  Eight<T> key[batch], value[batch];
  float score[batch], columns[8];
#pragma unroll
  for (int i = 0; i < batch; i++) {
    const int at = first + i * place.groups + place.group;
    const int count = at < visible ? place.count : 0;
    key[i] = load_eight<vectors>(keys + at * s.stride(), count);
    value[i] = load_eight<vectors>(values + at * s.stride(), count);
  }
  float above = partial.top;
#pragma unroll
  for (int i = 0; i < batch; i++) {
    key[i].unpack(columns);
    score[i] = group_sum(dot(query, columns), lanes) * s.scale;
    if (first + i * place.groups + place.group >= visible) score[i] = -INFINITY;
    above = fmaxf(above, score[i]);
  }
  partial.rescale(above);
#pragma unroll
  for (int i = 0; i < batch; i++) {
    value[i].unpack(columns);
    partial.add(score[i], columns);
  }
}

// A block for a head.
template <class T, bool vectors>
__global__ void __launch_bounds__(row_threads)
    attend_single(const Heads s, const T* qkv, const Operand out, float* logsumexp, int lanes) {
  SHARED_ARRAY(float, tops, warps);
  SHARED_ARRAY(float, totals, warps);
  SHARED_ARRAY(float, sums, warps* most_single_dim);
  const int64_t head = blockIdx.x;
  const Place place(s, lanes);
  float query[8];
  load_eight<vectors>(qkv + s.packed(head, 0) + place.column, place.count).unpack(query);
  Partial partial;
  constexpr int batch = 4;
  for (int first = 0; first < visible_keys(s); first += batch * place.groups)
    attend_batch<vectors, batch>(s, place, lanes, first, query, qkv + s.packed(head, 1) + place.column,
                                 qkv + s.packed(head, 2) + place.column, partial);
  for (int step = lanes; step < 32; step *= 2) partial.merge(step);

  const int thread = static_cast<int>(threadIdx.x), warp = thread / 32, lane = thread % 32;
  if (lane == 0) tops[warp] = partial.top, totals[warp] = partial.total;
  if (lane < lanes)
#pragma unroll
    for (int i = 0; i < 8; i++) sums[warp * most_single_dim + lane * 8 + i] = partial.sum[i];
  __syncthreads();
  float top = tops[0], total = 0, sum = 0;
  for (int w = 1; w < warps; w++) top = fmaxf(top, tops[w]);
  for (int w = 0; w < warps; w++) {
    const float factor = expf(tops[w] - (top == -INFINITY ? 0 : top));
    total += totals[w] * factor;
    if (thread < s.head_dim) sum += sums[w * most_single_dim + thread] * factor;
  }
  if (thread < s.head_dim) put(out, s.plain(head) + thread, sum / total);
  if (logsumexp && thread == 0) logsumexp[head] = top + logf(total);
}

struct GradientCall {
  Operand grad, grad_qkv;
  const QueryStats* stats;
  bool vector_grad, vector_stores;
};

// A block for a head: the gradients of keys and values where these are read, that of the query at the end.
template <class T, bool vectors>
__global__ void __launch_bounds__(row_threads, 3)
    differentiate_single(const Heads s, const T* qkv, const GradientCall call, int lanes) {
  SHARED_ARRAY(float, sums, warps* most_single_dim);
  const int64_t head = blockIdx.x;
  const Place place(s, lanes);
  const int visible = visible_keys(s);
  const int64_t query_at = s.packed(head, 0) + place.column, key_at = s.packed(head, 1) + place.column;
  const int64_t value_at = s.packed(head, 2) + place.column;
  const QueryStats known = call.stats[head];
  const float zeros[8] = {};
  float query[8], grad[8], grad_query[8] = {};
  load_eight<vectors>(qkv + query_at, place.count).unpack(query);
  load_eight(call.grad, call.vector_grad, s.plain(head) + place.column, place.count, grad);

  for (int first = 0; first < s.tokens; first += place.groups) {
    const int at = first + place.group;
    const bool seen = at < visible;
    const int64_t row = at * s.stride();
    float key[8], value[8], grad_key[8], grad_value[8];
    load_eight<vectors>(qkv + key_at + row, seen ? place.count : 0).unpack(key);
    load_eight<vectors>(qkv + value_at + row, seen ? place.count : 0).unpack(value);
    const float score = group_sum(dot(query, key), lanes) * s.scale;
    const float slope = group_sum(dot(grad, value), lanes) - known.slope;
    const float weight = seen ? expf(score - known.logsumexp) : 0;
    const float grad_score = seen ? weight * slope * s.scale : 0;
#pragma unroll
    for (int i = 0; i < 8; i++) {
      grad_query[i] += grad_score * key[i];
      grad_key[i] = grad_score * query[i];
      grad_value[i] = weight * grad[i];
    }
    const int count = at < s.tokens ? place.count : 0;
    if (at > 0) store_eight(call.grad_qkv, call.vector_stores, query_at + row, count, zeros);
    store_eight(call.grad_qkv, call.vector_stores, key_at + row, count, grad_key);
    store_eight(call.grad_qkv, call.vector_stores, value_at + row, count, grad_value);
  }

  for (int step = lanes; step < 32; step *= 2)
#pragma unroll
    for (int i = 0; i < 8; i++) grad_query[i] += __shfl_xor_sync(0xffffffffu, grad_query[i], step);
  const int thread = static_cast<int>(threadIdx.x), warp = thread / 32, lane = thread % 32;
  if (lane < lanes)
#pragma unroll
    for (int i = 0; i < 8; i++) sums[warp * most_single_dim + lane * 8 + i] = grad_query[i];
  __syncthreads();
  if (thread >= s.head_dim) return;
  float total = 0;
  for (int w = 0; w < warps; w++) total += sums[w * most_single_dim + thread];
  put(call.grad_qkv, s.packed(head, 0) + thread, total);
}

}  // namespace

void attention_forward_single(const AttentionForward& p, Gpu& gpu) {
  const Heads s(p.shape);
  const int lanes = lanes_of_row(s.head_dim);
  const dim3 grid{static_cast<unsigned>(s.count), 1, 1};
  MSTA_FOR_DTYPE(p.qkv.dtype, T, {
    const auto kernel = suits_vectors(p.qkv, s) ? attend_single<T, true> : attend_single<T, false>;
    launch(gpu, kernel, grid, row_threads, 0, s, static_cast<const T*>(p.qkv.data), p.out, p.logsumexp,
           lanes);
  })
}

void attention_backward_single(const AttentionBackward& p, Gpu& gpu) {
  const Heads s(p.shape);
  const int lanes = lanes_of_row(s.head_dim);
  const dim3 grid{static_cast<unsigned>(s.count), 1, 1};
  auto* stats = gpu.scratch<QueryStats>(s.count);
  gather_stats(p, gpu, 1, 1, stats, nullptr);
  const GradientCall call{p.grad, p.grad_qkv, stats, suits_vectors(p.grad, s), suits_vectors(p.grad_qkv, s)};
  MSTA_FOR_DTYPE(p.qkv.dtype, T, {
    const auto kernel =
        suits_vectors(p.qkv, s) ? differentiate_single<T, true> : differentiate_single<T, false>;
    launch(gpu, kernel, grid, row_threads, 0, s, static_cast<const T*>(p.qkv.data), call, lanes);
  })
}

}  // namespace msta::cuda
