#include "temporal_conv.h"

#include "../../cpu/gemm.h"
#include "../../cpu/kernels.h"

// Works channel by channel of the output, vectorised across channels: weights are rearranged to
// [group_in][kernel][out_channels], and each row of z is spread so that output channel c finds its i-th
// input.
namespace msta::MSTA_ISA {

namespace {

// spread[i][c] = z[(c / group_out) * group_in + i]
template <class T>
void spread_row(const TemporalConvShape& s, const T* z, float* spread) {
  for (int64_t g = 0; g < s.groups; g++)
    for (int64_t i = 0; i < s.group_in(); i++) {
      const float value = to_float(z[g * s.group_in() + i]);
      float* out = spread + i * s.out_channels + g * s.group_out();
      for (int64_t c = 0; c < s.group_out(); c++) out[c] = value;
    }
}

// taps[i][d][c] = weight[c][i][d]
float* arrange_weight(KernelContext& context, const TemporalConvShape& s, const Operand& weight) {
  float* taps = context.scratch<float>(s.weight_size() + lanes);
  MSTA_FOR_DTYPE(weight.dtype, T, {
    const T* w = static_cast<const T*>(weight.data);
    for (int64_t c = 0; c < s.out_channels; c++)
      for (int64_t i = 0; i < s.group_in(); i++)
        for (int64_t d = 0; d < s.kernel; d++)
          taps[(i * s.kernel + d) * s.out_channels + c] = to_float(w[(c * s.group_in() + i) * s.kernel + d]);
  })
  return taps;
}

inline void add_product(int64_t n, const float* a, const float* b, float* out) {
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) store(out + i, load(out + i) + load(a + i) * load(b + i));
  for (; i < n; i++) out[i] += a[i] * b[i];
}

}  // namespace

void temporal_conv_forward(const KernelArgs& args, KernelContext& context) {
  const TemporalConvForward p(args);
  const TemporalConvShape& s = p.shape;
  const float* bias = as_float(context, p.bias, s.out_channels);
  const float* taps = arrange_weight(context, s, p.weight);
  const int64_t spread_size = s.group_in() * s.out_channels;
  const int64_t work_size = round_up(s.frames * spread_size + s.out_channels, 16);
  float* work = context.scratch<float>(work_size * context.thread_count);
  const int64_t sequences = s.patches + 1;  // index 0 is the CLS row
  context.parallel_for(s.batch * sequences, [&](int64_t task, int thread) {
    float* spread = work + thread * work_size;
    float* sum = spread + s.frames * spread_size;
    const int64_t b = task / sequences, j = task % sequences - 1;
    MSTA_FOR_DTYPE(p.out.dtype, T, {
      const T* residual = static_cast<const T*>(p.residual.data);
      T* out = static_cast<T*>(p.out.data);
      if (j < 0) {
        const int64_t at = b * s.tokens() * s.out_channels;
        for (int64_t c = 0; out != residual && c < s.out_channels; c++) out[at + c] = residual[at + c];
      } else {
        const int64_t row = b * s.tokens() + 1 + j * s.frames;
        MSTA_FOR_DTYPE(p.z.dtype, Z, {
          for (int64_t t = 0; t < s.frames; t++)
            spread_row(s, static_cast<const Z*>(p.z.data) + (row + t) * s.in_channels,
                       spread + t * spread_size);
        })
        for (int64_t t = 0; t < s.frames; t++) {
          for (int64_t c = 0; c < s.out_channels; c++) sum[c] = bias[c];
          for (int64_t d = 0; d < s.kernel; d++) {
            const int64_t from = t + d - s.kernel / 2;
            if (from < 0 || from >= s.frames) continue;
            for (int64_t i = 0; i < s.group_in(); i++)
              add_product(s.out_channels, taps + (i * s.kernel + d) * s.out_channels,
                          spread + from * spread_size + i * s.out_channels, sum);
          }
          const int64_t at = (row + t) * s.out_channels;
          for (int64_t c = 0; c < s.out_channels; c++)
            put(out + at + c, to_float(residual[at + c]) + s.alpha * sum[c]);
        }
      }
    })
  });
}

void temporal_conv_backward(const KernelArgs& args, KernelContext& context) {
  const TemporalConvBackward p(args);
  const TemporalConvShape& s = p.shape;
  const float* taps = arrange_weight(context, s, p.weight);
  const int64_t channels = s.out_channels, taps_size = s.group_in() * s.kernel * channels;
  const int64_t spread_size = s.group_in() * channels;
  // Weight gradients are summed per block of patches and added in order: the same for any number of threads.
  constexpr int64_t block = 16;
  const int64_t sequences = s.batch * s.patches, blocks = (sequences + block - 1) / block;
  float* partial = context.scratch<float>(larger(1, blocks) * (taps_size + channels));
  const int64_t work_size = round_up(s.frames * (spread_size + channels) + channels, 16);
  float* work = context.scratch<float>(work_size * context.thread_count);
  if (p.grad_z)
    MSTA_FOR_DTYPE(p.grad_z.dtype, Z, {
      for (int64_t b = 0; b < s.batch; b++)
        for (int64_t i = 0; i < s.in_channels; i++)
          put(static_cast<Z*>(p.grad_z.data) + b * s.tokens() * s.in_channels + i, 0.f);
    })
  context.parallel_for(blocks, [&](int64_t index, int thread) {
    float* spread = work + thread * work_size;
    float* grad = spread + s.frames * spread_size;
    float* sum = grad + s.frames * channels;
    float* weight_sums = partial + index * (taps_size + channels);
    float* bias_sums = weight_sums + taps_size;
    for (int64_t i = 0; i < taps_size + channels; i++) weight_sums[i] = 0;
    for (int64_t q = index * block; q < smaller(sequences, (index + 1) * block); q++) {
      const int64_t row = q / s.patches * s.tokens() + 1 + q % s.patches * s.frames;
      MSTA_FOR_DTYPE(p.z.dtype, Z, {
        for (int64_t t = 0; t < s.frames; t++)
          spread_row(s, static_cast<const Z*>(p.z.data) + (row + t) * s.in_channels,
                     spread + t * spread_size);
      })
      MSTA_FOR_DTYPE(p.grad.dtype, G, {
        for (int64_t i = 0; i < s.frames * channels; i++)
          grad[i] = to_float(static_cast<const G*>(p.grad.data)[row * channels + i]) * s.alpha;
      })
      for (int64_t t = 0; t < s.frames; t++) {
        const float* g = grad + t * channels;
        for (int64_t c = 0; c < channels; c++) bias_sums[c] += g[c];
        for (int64_t d = 0; d < s.kernel; d++) {
          const int64_t from = t + d - s.kernel / 2;
          if (from < 0 || from >= s.frames) continue;
          for (int64_t i = 0; i < s.group_in(); i++)
            add_product(channels, g, spread + from * spread_size + i * channels,
                        weight_sums + (i * s.kernel + d) * channels);
        }
      }
      if (!p.grad_z) continue;
      for (int64_t from = 0; from < s.frames; from++)
        for (int64_t i = 0; i < s.group_in(); i++) {
          for (int64_t c = 0; c < channels; c++) sum[c] = 0;
          for (int64_t d = 0; d < s.kernel; d++) {
            const int64_t t = from - d + s.kernel / 2;
            if (t >= 0 && t < s.frames)
              add_product(channels, taps + (i * s.kernel + d) * channels, grad + t * channels, sum);
          }
          MSTA_FOR_DTYPE(p.grad_z.dtype, Z, {
            Z* out = static_cast<Z*>(p.grad_z.data) + (row + from) * s.in_channels + i;
            for (int64_t g = 0; g < s.groups; g++) {
              float total = 0;
              for (int64_t c = 0; c < s.group_out(); c++) total += sum[g * s.group_out() + c];
              put(out + g * s.group_in(), total);
            }
          })
        }
    }
  });
  const auto total = [&](int64_t at) {
    float value = 0;
    for (int64_t b = 0; b < blocks; b++) value += partial[b * (taps_size + channels) + at];
    return value;
  };
  for (int64_t c = 0; c < channels; c++) {
    for (int64_t i = 0; i < s.group_in(); i++)
      for (int64_t d = 0; d < s.kernel; d++)
        p.grad_weight[(c * s.group_in() + i) * s.kernel + d] = total((i * s.kernel + d) * channels + c);
    p.grad_bias[c] = total(taps_size + c);
  }
}

}  // namespace msta::MSTA_ISA
