#include "video_transform.h"

#include "../../cpu/gemm.h"
#include "../../cpu/kernels.h"

namespace msta::MSTA_ISA {

namespace {

constexpr int weight_bits = 11;  // OpenCV's INTER_RESIZE_COEF_BITS

// The two source samples of one output position and their weights in 1 / 2048.
struct Tap {
  int32_t low, high, weight_low, weight_high;
};

// Half-pixel centres; positions outside the crop take its edge.
void fill_taps(int64_t count, int64_t offset, int64_t resized, int64_t source, Tap* taps) {
  const double ratio = 1 / (static_cast<double>(resized) / static_cast<double>(source));
  for (int64_t i = 0; i < count; i++) {
    const auto position = static_cast<float>((static_cast<double>(offset + i) + 0.5) * ratio - 0.5);
    const auto base = static_cast<int64_t>(__builtin_floorf(position));
    const float fraction = position - static_cast<float>(base);
    const auto scale = static_cast<float>(1 << weight_bits);
    taps[i] = {static_cast<int32_t>(smaller(larger(base, 0), source - 1)),
               static_cast<int32_t>(smaller(larger(base + 1, 0), source - 1)),
               static_cast<int32_t>(__builtin_rintf((1.f - fraction) * scale)),
               static_cast<int32_t>(__builtin_rintf(fraction * scale))};
  }
}

// One output row: horizontal sums of two source rows, blended with OpenCV's rounding.
void resize_row(const VideoTransform& p, const uint8_t* frame, const Tap* columns, const Tap& row,
                uint8_t* out) {
  const uint8_t* top = frame + ((p.crop_y + row.low) * p.width + p.crop_x) * 3;
  const uint8_t* bottom = frame + ((p.crop_y + row.high) * p.width + p.crop_x) * 3;
  for (int64_t i = 0; i < p.size; i++) {
    const Tap& tap = columns[i];
    uint8_t* target = out + 3 * (p.flip ? p.size - 1 - i : i);
    for (int c = 0; c < 3; c++) {
      const int32_t a = top[tap.low * 3 + c] * tap.weight_low + top[tap.high * 3 + c] * tap.weight_high;
      const int32_t b = bottom[tap.low * 3 + c] * tap.weight_low + bottom[tap.high * 3 + c] * tap.weight_high;
      const int32_t value =
          (((row.weight_low * (a >> 4)) >> 16) + ((row.weight_high * (b >> 4)) >> 16) + 2) >> 2;
      target[c] = static_cast<uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
    }
  }
}

inline float clamp(float x) { return x < 0 ? 0 : x > 255 ? 255 : x; }
inline float luma(const float* rgb) { return 0.2989f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2]; }
inline void blend(float* rgb, float other, float factor) {
  for (int c = 0; c < 3; c++) rgb[c] = clamp(rgb[c] * factor + other * (1 - factor));
}

void shift_hue(float* rgb, float turns) {
  const float r = rgb[0], g = rgb[1], b = rgb[2];
  const float value = r > g ? (r > b ? r : b) : (g > b ? g : b);
  const float least = r < g ? (r < b ? r : b) : (g < b ? g : b);
  const float chroma = value - least;
  if (chroma <= 0) return;
  float hue = value == r ? (g - b) / chroma : value == g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
  hue = hue / 6 + turns;
  hue = (hue - __builtin_floorf(hue)) * 6;
  const float offsets[3] = {5, 3, 1};
  for (int c = 0; c < 3; c++) {
    float k = offsets[c] + hue;
    k -= k >= 6 ? 6 : 0;
    const float edge = k < 4 - k ? k : 4 - k;
    const float amount = edge < 0 ? 0 : edge > 1 ? 1 : edge;
    rgb[c] = value - chroma * amount;
  }
}

// Brightness, contrast (towards the frame's mean grey), saturation, hue; on values in [0, 255].
void jitter_frame(const VideoTransform& p, float* frame) {
  const int64_t pixels = p.size * p.size;
  double total = 0;
  for (int64_t i = 0; i < pixels; i++) {
    blend(frame + i * 3, 0, p.brightness);
    total += luma(frame + i * 3);
  }
  const float mean = static_cast<float>(total / static_cast<double>(pixels));
  for (int64_t i = 0; i < pixels; i++) {
    float* rgb = frame + i * 3;
    blend(rgb, mean, p.contrast);
    blend(rgb, luma(rgb), p.saturation);
    if (p.hue != 0) shift_hue(rgb, p.hue);
  }
}

}  // namespace

void video_transform(const KernelArgs& args, KernelContext& context) {
  const VideoTransform p(args);
  const int64_t pixels = p.size * p.size;
  Tap* columns = context.scratch<Tap>(p.size);
  Tap* rows = context.scratch<Tap>(p.size);
  fill_taps(p.size, p.offset_x, p.resize_width, p.crop_width, columns);
  fill_taps(p.size, p.offset_y, p.resize_height, p.crop_height, rows);
  uint8_t* bytes = context.scratch<uint8_t>(pixels * 3 * context.thread_count);
  float* colours = context.scratch<float>(pixels * 3 * context.thread_count);
  context.parallel_for(p.frames, [&](int64_t t, int thread) {
    const uint8_t* frame = p.input + t * p.height * p.width * 3;
    const bool raw = p.out.dtype == DType::u8;
    uint8_t* resized = raw ? static_cast<uint8_t*>(p.out.data) + t * pixels * 3 : bytes + thread * pixels * 3;
    for (int64_t y = 0; y < p.size; y++) resize_row(p, frame, columns, rows[y], resized + y * p.size * 3);
    if (raw && !p.jitter && !p.gray) return;
    float* rgb = colours + thread * pixels * 3;
    for (int64_t i = 0; i < pixels * 3; i++) rgb[i] = resized[i];
    if (p.jitter) jitter_frame(p, rgb);
    if (p.gray)
      for (int64_t i = 0; i < pixels; i++) rgb[i * 3] = rgb[i * 3 + 1] = rgb[i * 3 + 2] = luma(rgb + i * 3);
    if (raw) {
      for (int64_t i = 0; i < pixels * 3; i++) resized[i] = static_cast<uint8_t>(rgb[i] + 0.5f);
      return;
    }
    for (int c = 0; c < 3; c++) {
      const float scale = 1.f / (255.f * p.deviation[c]), shift = -p.mean[c] / p.deviation[c];
      MSTA_FOR_DTYPE(p.out.dtype, T, {
        T* out = static_cast<T*>(p.out.data) + (c * p.frames + t) * pixels;
        for (int64_t i = 0; i < pixels; i++) put(out + i, rgb[i * 3 + c] * scale + shift);
      })
    }
  });
}

}  // namespace msta::MSTA_ISA
