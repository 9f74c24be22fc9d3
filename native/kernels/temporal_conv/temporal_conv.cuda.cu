#include "temporal_conv.cuda.h"

#include "../../cuda/gemm.h"
#include "../../cuda/kernels.h"
#include "../../cuda/ptx.h"

// Bound by memory. Where everything is aligned, a block takes one patch after another: what the patch's
// channels share comes to shared memory by asynchronous copies while the patch before it is worked on, and
// the rest goes through registers, 16 bytes at a time. Other calls take kernels with a thread for each
// element.
namespace msta::cuda {

namespace {

constexpr int64_t most_shared = 96 * 1024;  // of every architecture, and a little less

// Starts copying `bytes`, a multiple of 16, to shared memory.
__device__ __forceinline__ void copy_to_shared(void* shared, const void* global, int bytes) {
  for (int at = threadIdx.x * 16; at < bytes; at += blockDim.x * 16)
    copy_async_16(static_cast<char*>(shared) + at, static_cast<const char*>(global) + at, true);
}

// ---- Forward ----

constexpr int frames_ahead = 8;  // of the residual, read at once

template <class T>
__device__ __forceinline__ void read_frames(uint4 (&ahead)[frames_ahead], const T* residual, int frames,
                                            int width) {
#pragma unroll
  for (int u = 0; u < frames_ahead; u++)
    if (u < frames) ahead[u] = *reinterpret_cast<const uint4*>(residual + int64_t{u} * width);
}

template <class T, int group_in, int taps>
__global__ void __launch_bounds__(256) convolve_staged(const Sizes s, const TemporalConvForward p) {
  constexpr int lanes = 16 / sizeof(T), half = taps / 2;
  const int frames = static_cast<int>(s.frames), width = s.width, channels = s.channels;
  const int tile = frames * channels;
  const int channel = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x) * lanes;
  const bool active = channel < width;
  const T* z = static_cast<const T*>(p.z.data);
  T* tiles = reinterpret_cast<T*>(dynamic_shared());
  ChannelConvolution<lanes, group_in, taps> conv(s, p, active ? channel : 0);

  int64_t sequence = blockIdx.x;
  copy_to_shared(tiles, z + s.first_row(sequence) * channels, tile * int{sizeof(T)});
  copy_async_commit();
  for (int turn = 0; sequence < s.sequences; sequence += gridDim.x, turn++) {
    const int64_t row = s.first_row(sequence), at = row * width + channel, next = sequence + gridDim.x;
    const T* residual = static_cast<const T*>(p.residual.data) + at;
    T* out = static_cast<T*>(p.out.data) + at;
    uint4 ahead[frames_ahead];
    if (active) read_frames(ahead, residual, frames, width);
    copy_async_wait<0>();
    __syncthreads();  // this patch's z is there, and nobody reads the last one's
    const T* mine = tiles + turn % 2 * tile;
    if (next < s.sequences)
      copy_to_shared(tiles + (turn + 1) % 2 * tile, z + s.first_row(next) * channels, tile * int{sizeof(T)});
    copy_async_commit();
    if (!active) continue;
    if (p.out.data != p.residual.data && sequence % s.patches == 0)  // the CLS row before the first patch
      *reinterpret_cast<uint4*>(out - width) = *reinterpret_cast<const uint4*>(residual - width);
    conv.clear();
#pragma unroll
    for (int t = 0; t < half; t++) {
      if (t < frames) conv.add(mine + t * channels);
      conv.next_frame();
    }
    for (int start = 0; start < frames; start += frames_ahead) {
      if (start > 0) read_frames(ahead, residual + int64_t{start} * width, frames - start, width);
#pragma unroll
      for (int u = 0; u < frames_ahead; u++) {
        const int t = start + u;
        if (t >= frames) break;
        if (t + half < frames) conv.add(mine + (t + half) * channels);
        float x[lanes];
        load_vector(reinterpret_cast<const T*>(&ahead[u]), x);
#pragma unroll
        for (int v = 0; v < lanes; v++) x[v] += s.alpha * conv.sums[0][v];
        store_vector(out + int64_t{t} * width, x);
        conv.next_frame();
      }
    }
  }
}

template <class T, class Z>
__global__ void convolve_elements(const Sizes s, const TemporalConvForward p) {
  const int64_t count = s.rows() * s.width, stride = int64_t{gridDim.x} * blockDim.x;
  for (int64_t at = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; at < count; at += stride) {
    const int64_t row = at / s.width, token = row % s.tokens;
    const int c = static_cast<int>(at % s.width);
    T* out = static_cast<T*>(p.out.data) + at;
    const T residual = static_cast<const T*>(p.residual.data)[at];
    if (token == 0) {
      *out = residual;
      continue;
    }
    const int64_t t = (token - 1) % s.frames;
    float sum = element(p.bias, c);
    for (int d = 0; d < s.taps; d++) {
      const int64_t from = t + d - s.taps / 2;
      if (from < 0 || from >= s.frames) continue;
      const Z* z =
          static_cast<const Z*>(p.z.data) + (row - t + from) * s.channels + c / s.group_out * s.group_in;
      for (int i = 0; i < s.group_in; i++)
        sum += element(p.weight, (int64_t{c} * s.group_in + i) * s.taps + d) * to_float(z[i]);
    }
    put(out, to_float(residual) + s.alpha * sum);
  }
}

// Whether z and what has the shape of the output are of one type and can be read 16 bytes at a time.
bool suits_staging(const Sizes& s, const Operand& z, const Operand& outer) {
  return s.taps == 3 && s.group_in <= 2 && s.sequences > 0 && s.frames > 0 && z.dtype == outer.dtype &&
         suits_vectors(z.data, z.dtype, s.channels) && suits_vectors(outer.data, outer.dtype, s.width);
}

template <class T, int group_in, int taps>
void launch_staged(Gpu& gpu, const Sizes& s, const TemporalConvForward& p, int64_t shared) {
  const int64_t vectors = s.width * dtype_size(p.out.dtype) / 16;
  const int64_t threads = vectors < 256 ? ceil_div(vectors, 32) * 32 : 256;
  const dim3 blocks = grid_of(s.sequences, 1, gpu.multiprocessors * (512 / threads));
  const dim3 grid{blocks.x, static_cast<unsigned>(ceil_div(vectors, threads)), 1};
  launch(gpu, convolve_staged<T, group_in, taps>, grid, static_cast<int>(threads), shared, s, p);
}

}  // namespace

void temporal_conv_forward(const KernelArgs& args, Gpu& gpu) {
  const TemporalConvForward p(args);
  const Sizes s(p.shape);
  const int64_t shared = 2 * s.frames * s.channels * dtype_size(p.z.dtype);
  if (shared <= most_shared && suits_staging(s, p.z, p.out) && suits_staging(s, p.z, p.residual)) {
    MSTA_FOR_DTYPE(p.out.dtype, T, {
      if (s.group_in == 1)
        launch_staged<T, 1, 3>(gpu, s, p, shared);
      else
        launch_staged<T, 2, 3>(gpu, s, p, shared);
    })
    return;
  }
  const dim3 grid = grid_of(s.rows() * s.width);
  MSTA_FOR_DTYPE(
      p.out.dtype, T,
      {MSTA_FOR_DTYPE(p.z.dtype, Z, { launch(gpu, convolve_elements<T, Z>, grid, 256, 0, s, p); })})
}

// ---- Backward ----

namespace {

// Where blocks leave their sums, and the layout that they have in a block's shared memory: for channel o of
// group g, `record` numbers at (o * groups + g) * record: the gradients of its weights, then of its bias. So
// neighbouring threads, each with a group, use neighbouring records.
struct PartialSums {
  float *weight, *bias;  // [blocks, weight_size], [blocks, out_channels]
};

constexpr int multiple_of_4(int n) { return (n + 3) / 4 * 4; }

// Frames that a thread has registers for: the number known at compile time, or up to 16.
constexpr int room_for(int exact_frames) { return exact_frames ? exact_frames : 16; }

// The gradients of one group's channels for one patch, whose tiles of grad and z are in shared memory.
template <class T, int group_in, int taps, int exact_frames>
__device__ __forceinline__ void group_gradients(const Sizes& s, int group, const T* grad, const T* z,
                                                const float* weights, float* sums,
                                                float (&grad_z)[group_in][room_for(exact_frames)]) {
  constexpr int most_frames = room_for(exact_frames);
  constexpr int weight_record = multiple_of_4(group_in * taps), record = multiple_of_4(group_in * taps + 1);
  const int frames = exact_frames ? exact_frames : static_cast<int>(s.frames), groups = s.groups,
            group_out = s.group_out;
  const int channels = s.channels, width = s.width;
  float input[group_in][most_frames];
#pragma unroll
  for (int i = 0; i < group_in; i++)
#pragma unroll
    for (int t = 0; t < most_frames; t++) {
      input[i][t] = t < frames ? to_float(z[t * channels + group * group_in + i]) : 0.f;
      grad_z[i][t] = 0;
    }
  int o = group % group_out;  // threads begin at different channels: their reads fall into different banks
  for (int n = 0; n < group_out; n++) {
    float weight[weight_record], sum[record];
    load_vector(weights + (o * groups + group) * weight_record, weight);
    load_vector(sums + (o * groups + group) * record, sum);
#pragma unroll
    for (int t = 0; t < most_frames; t++) {
      if (t >= frames) break;
      const float g = to_float(grad[t * width + group * group_out + o]);
      sum[group_in * taps] += g;
#pragma unroll
      for (int d = 0; d < taps; d++) {
        const int from = t + d - taps / 2;
        if (from < 0 || from >= most_frames || from >= frames) continue;
#pragma unroll
        for (int i = 0; i < group_in; i++) {
          sum[i * taps + d] += g * input[i][from];
          grad_z[i][from] += g * weight[i * taps + d];
        }
      }
    }
    store_vector(sums + (o * groups + group) * record, sum);
    if (++o == group_out) o = 0;
  }
}

template <class T>
__device__ __forceinline__ void stage_patch(const Sizes& s, const TemporalConvBackward& p, int64_t sequence,
                                            T* tile) {
  const int64_t row = s.first_row(sequence);
  const int grad_size = static_cast<int>(s.frames * s.width);
  copy_to_shared(tile, static_cast<const T*>(p.grad.data) + row * s.width, grad_size * int{sizeof(T)});
  copy_to_shared(tile + grad_size, static_cast<const T*>(p.z.data) + row * s.channels,
                 static_cast<int>(s.frames * s.channels * int64_t{sizeof(T)}));
}

// A thread takes a group of channels. `tiles` is the number of patches for which there is room.
template <class T, int group_in, int taps, int exact_frames>
__global__ void __launch_bounds__(256) gradients_staged(const Sizes s, const TemporalConvBackward p,
                                                        const PartialSums partial, const int tiles) {
  constexpr int most_frames = room_for(exact_frames);
  constexpr int weight_record = multiple_of_4(group_in * taps), record = multiple_of_4(group_in * taps + 1);
  const int frames = exact_frames ? exact_frames : static_cast<int>(s.frames), groups = s.groups,
            group_out = s.group_out;
  const int channels = s.channels, width = s.width;
  float* sums = reinterpret_cast<float*>(dynamic_shared());
  float* weights = sums + width * record;
  T* const first_tile = reinterpret_cast<T*>(weights + width * weight_record);
  const int tile_size = frames * (width + channels);

  int64_t sequence = blockIdx.x;
  stage_patch(s, p, sequence, first_tile);
  copy_async_commit();
  for (int i = threadIdx.x; i < width * record; i += blockDim.x) sums[i] = 0;
  for (int i = threadIdx.x; i < width * weight_record; i += blockDim.x) {
    const int channel = i / weight_record % groups * group_out + i / weight_record / groups;
    const int rest = i % weight_record;
    weights[i] = rest < group_in * taps ? element(p.weight, channel * group_in * taps + rest) : 0.f;
  }
  for (int turn = 0; sequence < s.sequences; sequence += gridDim.x, turn++) {
    const int64_t row = s.first_row(sequence), next = sequence + gridDim.x;
    const T* tile = first_tile + turn % tiles * tile_size;
    copy_async_wait<0>();
    __syncthreads();
    if (tiles > 1 && next < s.sequences) stage_patch(s, p, next, first_tile + (turn + 1) % tiles * tile_size);
    copy_async_commit();
    for (int group = threadIdx.x; group < groups; group += blockDim.x) {
      float grad_z[group_in][most_frames];
      group_gradients<T, group_in, taps, exact_frames>(s, group, tile, tile + frames * width, weights, sums,
                                                       grad_z);
      if (!p.grad_z.data) continue;
      T* out = static_cast<T*>(p.grad_z.data) + row * channels + group * group_in;
#pragma unroll
      for (int i = 0; i < group_in; i++) {
        if (sequence % s.patches == 0) put(out - channels + i, 0.f);  // the CLS row before the first patch
#pragma unroll
        for (int t = 0; t < most_frames; t++)
          if (t < frames) put(out + t * channels + i, s.alpha * grad_z[i][t]);
      }
    }
    if (tiles > 1 || next >= s.sequences) continue;
    __syncthreads();  // before the only tile is overwritten
    stage_patch(s, p, next, first_tile);
    copy_async_commit();
  }
  __syncthreads();
  const int weight_size = width * group_in * taps;
  for (int i = threadIdx.x; i < weight_size + width; i += blockDim.x) {
    const bool is_weight = i < weight_size;
    const int channel = is_weight ? i / (group_in * taps) : i - weight_size;
    const int rest = is_weight ? i % (group_in * taps) : group_in * taps;
    const float sum = sums[(channel % group_out * groups + channel / group_out) * record + rest];
    if (is_weight)
      partial.weight[int64_t{blockIdx.x} * weight_size + i] = sum;
    else
      partial.bias[int64_t{blockIdx.x} * width + channel] = sum;
  }
}

template <class G>
__global__ void grad_z_elements(const Sizes s, const TemporalConvBackward p) {
  const int64_t count = s.rows() * s.channels, stride = int64_t{gridDim.x} * blockDim.x;
  for (int64_t at = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; at < count; at += stride) {
    const int64_t row = at / s.channels, token = row % s.tokens;
    const int channel = static_cast<int>(at % s.channels);
    const int group = channel / s.group_in, i = channel % s.group_in;
    float sum = 0;
    if (token > 0) {
      const int64_t from = (token - 1) % s.frames;
      for (int d = 0; d < s.taps; d++) {
        const int64_t t = from - d + s.taps / 2;
        if (t < 0 || t >= s.frames) continue;
        const G* grad = static_cast<const G*>(p.grad.data) + (row - from + t) * s.width;
        for (int c = group * s.group_out; c < (group + 1) * s.group_out; c++)
          sum += element(p.weight, (int64_t{c} * s.group_in + i) * s.taps + d) * to_float(grad[c]);
      }
    }
    if (p.grad_z.dtype == DType::bf16)
      put(static_cast<bf16*>(p.grad_z.data) + at, s.alpha * sum);
    else
      put(static_cast<float*>(p.grad_z.data) + at, s.alpha * sum);
  }
}

// Thread x sums the products of channel x over the sequences of block y.
template <class G, class Z>
__global__ void grad_weight_elements(const Sizes s, const TemporalConvBackward p, const PartialSums partial,
                                     const int64_t sequences_per_block) {
  const int c = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (c >= s.width) return;
  const int64_t first = blockIdx.y * sequences_per_block, taps = int64_t{s.group_in} * s.taps;
  const int64_t last = first + sequences_per_block < s.sequences ? first + sequences_per_block : s.sequences;
  for (int64_t tap = 0; tap <= taps; tap++) {  // the last one: the bias
    const int64_t i = tap / s.taps, shift = tap % s.taps - s.taps / 2;
    const Z* z = static_cast<const Z*>(p.z.data) + c / s.group_out * s.group_in;
    float sum = 0;
    for (int64_t sequence = first; sequence < last; sequence++) {
      const int64_t row = s.first_row(sequence);
      for (int64_t t = 0; t < s.frames; t++) {
        const float g = to_float(static_cast<const G*>(p.grad.data)[(row + t) * s.width + c]);
        if (tap == taps)
          sum += g;
        else if (t + shift >= 0 && t + shift < s.frames)
          sum += g * to_float(z[(row + t + shift) * s.channels + i]);
      }
    }
    if (tap == taps)
      partial.bias[int64_t{blockIdx.y} * s.width + c] = sum;
    else
      partial.weight[(int64_t{blockIdx.y} * s.width + c) * taps + tap] = sum;
  }
}

PartialSums partial_sums(Gpu& gpu, const Sizes& s, int64_t blocks) {
  return {gpu.scratch<float>(blocks * s.weight_size()), gpu.scratch<float>(blocks * s.width)};
}

void add_partial_sums(Gpu& gpu, const Sizes& s, const TemporalConvBackward& p, const PartialSums& partial,
                      int64_t blocks) {
  const int64_t weights = s.weight_size(), width = s.width;
  column_sums(gpu, blocks, weights, {partial.weight, blocks * weights, DType::f32}, s.alpha,
              {p.grad_weight, weights, DType::f32});
  column_sums(gpu, blocks, width, {partial.bias, blocks * width, DType::f32}, s.alpha,
              {p.grad_bias, width, DType::f32});
}

template <class T, int group_in, int exact_frames>
void launch_gradients(Gpu& gpu, const Sizes& s, const TemporalConvBackward& p, int64_t sums_bytes,
                      int64_t tile_bytes) {
  const int tiles = sums_bytes + 2 * tile_bytes <= most_shared ? 2 : 1;
  const int threads = s.groups < 256 ? (s.groups + 31) / 32 * 32 : 256;
  const dim3 grid = grid_of(s.sequences, 1, int64_t{gpu.multiprocessors} * 4);
  const PartialSums partial = partial_sums(gpu, s, grid.x);
  launch(gpu, gradients_staged<T, group_in, 3, exact_frames>, grid, threads, sums_bytes + tiles * tile_bytes,
         s, p, partial, tiles);
  add_partial_sums(gpu, s, p, partial, grid.x);
}

// False where the call does not suit it.
bool gradients_by_patches(Gpu& gpu, const Sizes& s, const TemporalConvBackward& p) {
  if (s.frames > room_for(0) || !suits_staging(s, p.z, p.grad) || (p.grad_z && p.grad_z.dtype != p.z.dtype))
    return false;
  const int taps = s.group_in * s.taps;
  const int64_t sums = int64_t{s.width} * 4 * (multiple_of_4(taps + 1) + multiple_of_4(taps));
  const int64_t tile = s.frames * (s.channels + s.width) * dtype_size(p.grad.dtype);
  if (sums + tile > most_shared) return false;
  MSTA_FOR_DTYPE(p.grad.dtype, T, {
    if (s.group_in == 1)
      s.frames == 8 ? launch_gradients<T, 1, 8>(gpu, s, p, sums, tile)
                    : launch_gradients<T, 1, 0>(gpu, s, p, sums, tile);
    else
      s.frames == 8 ? launch_gradients<T, 2, 8>(gpu, s, p, sums, tile)
                    : launch_gradients<T, 2, 0>(gpu, s, p, sums, tile);
  })
  return true;
}

void gradients_by_elements(Gpu& gpu, const Sizes& s, const TemporalConvBackward& p) {
  // Blocks of sequences: enough to fill the GPU, in partial sums of at most 64 MiB.
  int64_t blocks = int64_t{gpu.multiprocessors} * 2;
  const int64_t most = (int64_t{1} << 24) / (s.weight_size() + s.width + 1);
  if (blocks > most) blocks = most > 0 ? most : 1;
  if (blocks > s.sequences) blocks = s.sequences;
  const int64_t per_block = blocks > 0 ? ceil_div(s.sequences, blocks) : 1;
  blocks = ceil_div(s.sequences, per_block);
  const PartialSums partial = partial_sums(gpu, s, blocks);
  const dim3 grid{static_cast<unsigned>(ceil_div(s.width, 128)), static_cast<unsigned>(blocks), 1};
  MSTA_FOR_DTYPE(p.grad.dtype, G, {
    if (p.grad_z) launch(gpu, grad_z_elements<G>, grid_of(s.rows() * s.channels), 256, 0, s, p);
    MSTA_FOR_DTYPE(p.z.dtype, Z,
                   { launch(gpu, grad_weight_elements<G, Z>, grid, 128, 0, s, p, partial, per_block); })
  })
  add_partial_sums(gpu, s, p, partial, blocks);
}

}  // namespace

void temporal_conv_backward(const KernelArgs& args, Gpu& gpu) {
  const TemporalConvBackward p(args);
  const Sizes s(p.shape);
  if (!gradients_by_patches(gpu, s, p)) gradients_by_elements(gpu, s, p);
}

}  // namespace msta::cuda
