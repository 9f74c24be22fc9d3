#pragma once
#include "../../runtime/arg_reader.h"

// patch_embed: video to tokens. Row 0 of a sequence is CLS + position[0]; patch (j, t) sits at row
// 1 + j * frames + t and gets position[1 + j] + temporal[t] (SPEC section 1).
namespace msta::MSTA_ISA {

struct PatchEmbedShape {
  int64_t batch, channels, frames, height, width, patch, features;
  int64_t patches() const { return patch ? (height / patch) * (width / patch) : 0; }
  int64_t tokens() const { return 1 + patches() * frames; }
  int64_t patch_size() const { return channels * patch * patch; }
  int64_t video_size() const { return batch * channels * frames * height * width; }

  explicit PatchEmbedShape(ArgReader& read) {
    batch = read.dimension("batch"), channels = read.dimension("channels"), frames = read.dimension("frames");
    height = read.dimension("height"), width = read.dimension("width");
    patch = read.dimension("patch"), features = read.dimension("features");
    if (patch == 0 || height % patch || width % patch) fail_kernel(read.args(), "patch", height, patch);
  }
};

struct PatchEmbedForward {
  PatchEmbedShape shape;
  Operand video;               // [batch, channels, frames, height, width]
  Operand weight;              // [features, channels, 1, patch, patch]
  Operand cls;                 // [features]
  Operand position, temporal;  // [1 + patches, features], [frames, features]
  Operand out;                 // [batch, tokens, features]

  explicit PatchEmbedForward(const KernelArgs& args) : PatchEmbedForward(ArgReader(args)) {}

 private:
  explicit PatchEmbedForward(ArgReader read) : shape(read) {
    video = read.required("video", shape.video_size());
    weight = read.required("weight", shape.features * shape.patch_size());
    cls = read.required("cls", shape.features);
    position = read.required("position", (1 + shape.patches()) * shape.features);
    temporal = read.required("temporal", shape.frames * shape.features);
    out = read.required("out", shape.batch * shape.tokens() * shape.features);
  }
};

struct PatchEmbedBackward {
  PatchEmbedShape shape;
  Operand grad, video;                              // [batch, tokens, features], as in forward
  Operand grad_weight;                              // optional
  float *grad_cls, *grad_position, *grad_temporal;  // optional

  explicit PatchEmbedBackward(const KernelArgs& args) : PatchEmbedBackward(ArgReader(args)) {}

 private:
  explicit PatchEmbedBackward(ArgReader read) : shape(read) {
    grad = read.required("grad", shape.batch * shape.tokens() * shape.features);
    video = read.required("video", shape.video_size());
    grad_weight = read.optional("grad_weight", shape.features * shape.patch_size());
    grad_cls = read.optional_f32("grad_cls", shape.features);
    grad_position = read.optional_f32("grad_position", (1 + shape.patches()) * shape.features);
    grad_temporal = read.optional_f32("grad_temporal", shape.frames * shape.features);
  }
};

}  // namespace msta::MSTA_ISA
