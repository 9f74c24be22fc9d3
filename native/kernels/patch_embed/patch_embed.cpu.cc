#include "patch_embed.h"

#include "../../cpu/gemm.h"
#include "../../cpu/kernels.h"

namespace msta::MSTA_ISA {

namespace {

// columns[(j * frames + t)][c, y, x]: the patches of one video as rows.
void patch_rows(KernelContext& context, const PatchEmbedShape& s, const Operand& video, int64_t b,
                float* rows) {
  const int64_t across = s.width / s.patch, plane = s.height * s.width;
  context.parallel_for(s.patches(), [&](int64_t j, int) {
    const int64_t y = j / across * s.patch, x = j % across * s.patch;
    MSTA_FOR_DTYPE(video.dtype, T, {
      const T* base = static_cast<const T*>(video.data) + b * s.channels * s.frames * plane;
      for (int64_t t = 0; t < s.frames; t++) {
        float* out = rows + (j * s.frames + t) * s.patch_size();
        for (int64_t c = 0; c < s.channels; c++)
          for (int64_t i = 0; i < s.patch; i++) {
            const T* line = base + (c * s.frames + t) * plane + (y + i) * s.width + x;
            int64_t k = 0;
            for (; k + lanes <= s.patch; k += lanes) store(out + k, load(line + k));
            for (; k < s.patch; k++) out[k] = to_float(line[k]);
            out += s.patch;
          }
      }
    })
  });
}

}  // namespace

void patch_embed_forward(const KernelArgs& args, KernelContext& context) {
  const PatchEmbedForward p(args);
  const PatchEmbedShape& s = p.shape;
  const float* cls = as_float(context, p.cls, s.features);
  const float* position = as_float(context, p.position, (1 + s.patches()) * s.features);
  const float* temporal = as_float(context, p.temporal, s.frames * s.features);
  float* rows = context.scratch<float>(s.patches() * s.frames * s.patch_size());
  float* weight = context.scratch<float>(packed_size(s.patch_size(), s.features));
  pack(context, transposed(row_major(p.weight, s.patch_size())), s.patch_size(), s.features, weight);
  for (int64_t b = 0; b < s.batch; b++) {
    patch_rows(context, s, p.video, b, rows);
    MSTA_FOR_DTYPE(p.out.dtype, T, {
      T* out = static_cast<T*>(p.out.data) + b * s.tokens() * s.features;
      for (int64_t i = 0; i < s.features; i++) put(out + i, cls[i] + position[i]);
      // The embeddings go in first; the product is added to them.
      context.parallel_for(s.patches(), [&](int64_t j, int) {
        for (int64_t t = 0; t < s.frames; t++)
          for (int64_t i = 0; i < s.features; i++)
            put(out + (1 + j * s.frames + t) * s.features + i,
                position[(1 + j) * s.features + i] + temporal[t * s.features + i]);
      });
      Epilogue add;
      add.residual = out + s.features;
      multiply_packed(context, s.patches() * s.frames, s.patch_size(), s.features,
                      row_major(rows, s.patch_size()), weight, out + s.features, p.out.dtype, s.features,
                      add);
    })
  }
}

void patch_embed_backward(const KernelArgs& args, KernelContext& context) {
  const PatchEmbedBackward p(args);
  const PatchEmbedShape& s = p.shape;
  const int64_t f = s.features;
  const float* grad = as_float(context, p.grad, s.batch * s.tokens() * f);
  const auto clear = [](float* x, int64_t n) {
    for (int64_t i = 0; x && i < n; i++) x[i] = 0;
  };
  clear(p.grad_cls, f);
  clear(p.grad_position, (1 + s.patches()) * f);
  clear(p.grad_temporal, s.frames * f);
  for (int64_t b = 0; b < s.batch; b++) {
    const float* g = grad + b * s.tokens() * f;
    for (int64_t i = 0; i < f; i++) {
      if (p.grad_cls) p.grad_cls[i] += g[i];
      if (p.grad_position) p.grad_position[i] += g[i];
    }
    for (int64_t j = 0; j < s.patches(); j++)
      for (int64_t t = 0; t < s.frames; t++) {
        const float* row = g + (1 + j * s.frames + t) * f;
        for (int64_t i = 0; p.grad_position && i < f; i++) p.grad_position[(1 + j) * f + i] += row[i];
        for (int64_t i = 0; p.grad_temporal && i < f; i++) p.grad_temporal[t * f + i] += row[i];
      }
  }
  if (!p.grad_weight) return;
  if (s.batch == 0) {
    MSTA_FOR_DTYPE(p.grad_weight.dtype, T, {
      for (int64_t i = 0; i < f * s.patch_size(); i++) put(static_cast<T*>(p.grad_weight.data) + i, 0.f);
    })
    return;
  }
  float* rows = context.scratch<float>(s.patches() * s.frames * s.patch_size());
  for (int64_t b = 0; b < s.batch; b++) {
    patch_rows(context, s, p.video, b, rows);
    Epilogue add;
    if (b > 0) add.residual = p.grad_weight.data;
    multiply(context, f, s.patches() * s.frames, s.patch_size(),
             transposed(row_major(grad + (b * s.tokens() + 1) * f, f)), row_major(rows, s.patch_size()),
             p.grad_weight.data, p.grad_weight.dtype, s.patch_size(), add);
  }
}

}  // namespace msta::MSTA_ISA
