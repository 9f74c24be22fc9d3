#pragma once
#include "../../runtime/arg_reader.h"

// video_transform: uint8 frames to one normalised view. The crop rectangle is resized (bilinear, half-pixel
// centres, 8-bit fixed point as OpenCV's INTER_LINEAR) and a size x size window of it is taken; then flip,
// colour jitter (brightness, contrast, saturation, hue as torchvision), grey, normalisation.
namespace msta::MSTA_ISA {

struct VideoTransform {
  int64_t frames, height, width, size;
  int64_t crop_x, crop_y, crop_width, crop_height, resize_width, resize_height, offset_x, offset_y;
  bool flip, gray, jitter;
  float brightness, contrast, saturation, hue;  // hue in turns
  float mean[3], deviation[3];
  uint8_t* input;  // [frames, height, width, 3]
  Operand
      out;  // uint8 [frames, size, size, 3], not normalised; or float32 / bfloat16 [3, frames, size, size]

  explicit VideoTransform(const KernelArgs& args) {
    ArgReader read(args);
    frames = read.dimension("frames"), height = read.dimension("height"), width = read.dimension("width");
    size = read.dimension("size");
    crop_x = read.coordinate("crop_x"), crop_y = read.coordinate("crop_y");
    crop_width = read.coordinate("crop_width"), crop_height = read.coordinate("crop_height");
    resize_width = read.coordinate("resize_width"), resize_height = read.coordinate("resize_height");
    offset_x = read.coordinate("offset_x"), offset_y = read.coordinate("offset_y");
    flip = read.integer() != 0, gray = read.integer() != 0, jitter = read.integer() != 0;
    brightness = static_cast<float>(read.number()), contrast = static_cast<float>(read.number());
    saturation = static_cast<float>(read.number()), hue = static_cast<float>(read.number());
    for (float& x : mean) x = static_cast<float>(read.number());
    for (float& x : deviation) x = static_cast<float>(read.number());
    input = read.u8("input", frames * height * width * 3);
    out = read.any("out", frames * size * size * 3);
    if (!out && frames * size > 0) fail_kernel(args, "out", frames * size * size * 3, 0);
    if (out && out.dtype == DType::i32) fail_kernel(args, "out", 0, static_cast<int64_t>(out.dtype));
    if (crop_width < 1 || crop_x + crop_width > width)
      fail_kernel(args, "crop width", width, crop_x + crop_width);
    if (crop_height < 1 || crop_y + crop_height > height)
      fail_kernel(args, "crop height", height, crop_y + crop_height);
    if (offset_x + size > resize_width) fail_kernel(args, "window width", resize_width, offset_x + size);
    if (offset_y + size > resize_height) fail_kernel(args, "window height", resize_height, offset_y + size);
  }
};

}  // namespace msta::MSTA_ISA
