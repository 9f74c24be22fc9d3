#pragma once
#include "../../cuda/elements.h"
#include "../../cuda/gpu_stream.h"
#include "temporal_conv.h"

// What the kernels of the temporal convolution share.
namespace msta::cuda {

// TemporalConvShape for device code: widths are int, whatever counts rows is int64_t.
struct Sizes {
  int64_t batch, patches, frames, tokens, sequences;  // sequences: the patches of all videos
  int channels, width, groups, group_in, group_out, taps;
  float alpha;

  explicit Sizes(const TemporalConvShape& s)
      : batch(s.batch),
        patches(s.patches),
        frames(s.frames),
        tokens(s.tokens()),
        sequences(s.batch * s.patches),
        channels(narrow(s.in_channels)),
        width(narrow(s.out_channels)),
        groups(narrow(s.groups)),
        group_in(narrow(s.group_in())),
        group_out(narrow(s.group_out())),
        taps(narrow(s.kernel)),
        alpha(s.alpha) {}

  __host__ __device__ int64_t rows() const { return batch * tokens; }
  int64_t weight_size() const { return int64_t{width} * group_in * taps; }

  __device__ __forceinline__ int64_t first_row(int64_t sequence) const {
    return sequence / patches * tokens + 1 + sequence % patches * frames;
  }

 private:
  static int narrow(int64_t size) {
    if (size > INT32_MAX / 4) throw Error("ERR_SHAPE", "temporal_conv: too many channels");
    return static_cast<int>(size);
  }
};

// The convolution of one patch for `lanes` neighbouring channels of the output. Frames of z are added one
// after another; each reaches the sums of `taps` frames of the output.
template <int lanes, int group_in, int taps>
struct ChannelConvolution {
  float weight[group_in][taps][lanes], bias[lanes];
  float sums[taps][lanes];  // [0] is complete when frame t + taps / 2 has been added, and belongs to frame t
  int inputs[lanes];        // the first input of each channel

  __device__ __forceinline__ ChannelConvolution(const Sizes& s, const TemporalConvForward& p, int channel) {
#pragma unroll
    for (int v = 0; v < lanes; v++) {
      inputs[v] = (channel + v) / s.group_out * group_in;
      bias[v] = element(p.bias, channel + v);
#pragma unroll
      for (int i = 0; i < group_in; i++)
#pragma unroll
        for (int d = 0; d < taps; d++)
          weight[i][d][v] = element(p.weight, (int64_t{channel + v} * group_in + i) * taps + d);
    }
  }

  __device__ __forceinline__ void clear() {
#pragma unroll
    for (int d = 0; d < taps; d++)
#pragma unroll
      for (int v = 0; v < lanes; v++) sums[d][v] = bias[v];
  }

  // frame[c] is channel c of z in the frame to add: a pointer, or whatever knows where a row of z lies.
  template <class Row>
  __device__ __forceinline__ void add(const Row& frame) {
#pragma unroll
    for (int i = 0; i < group_in; i++)
#pragma unroll
      for (int v = 0; v < lanes; v++) {
        const float z = to_float(frame[inputs[v] + i]);
#pragma unroll
        for (int d = 0; d < taps; d++) sums[taps - 1 - d][v] += weight[i][d][v] * z;
      }
  }

  __device__ __forceinline__ void next_frame() {
#pragma unroll
    for (int v = 0; v < lanes; v++) {
#pragma unroll
      for (int d = 0; d + 1 < taps; d++) sums[d][v] = sums[d + 1][v];
      sums[taps - 1][v] = bias[v];
    }
  }
};

}  // namespace msta::cuda
