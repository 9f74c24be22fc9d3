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

// A source row resized along its length: [3, size], in 1 / 128.
void resize_columns(const VideoTransform& p, const uint8_t* source, const Tap* columns, int32_t* out) {
  for (int64_t i = 0; i < p.size; i++) {
    const Tap& tap = columns[i];
    const uint8_t *low = source + tap.low * 3, *high = source + tap.high * 3;
    int32_t* target = out + (p.flip ? p.size - 1 - i : i);
    for (int c = 0; c < 3; c++)
      target[c * p.size] = (low[c] * tap.weight_low + high[c] * tap.weight_high) >> 4;
  }
}

// Two such rows blended with OpenCV's rounding, to [0, 255].
inline int32_t blend_rows(const Tap& row, int32_t top, int32_t bottom) {
  const int32_t value = (((row.weight_low * top) >> 16) + ((row.weight_high * bottom) >> 16) + 2) >> 2;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

// The rows of a resized frame, each source row resized once: `finish(y, top, bottom)` for every output row.
template <class Finish>
void resize_frame(const VideoTransform& p, const uint8_t* frame, const Tap* columns, const Tap* rows,
                  int32_t* work, Finish&& finish) {
  int32_t* lines[2] = {work, work + 3 * p.size};
  int64_t held[2] = {-1, -1};
  const auto line = [&](int64_t row, int64_t other) {
    int slot = held[0] == row ? 0 : held[1] == row ? 1 : -1;
    if (slot < 0) {
      slot = held[0] == other ? 1 : 0;
      resize_columns(p, frame + ((p.crop_y + row) * p.width + p.crop_x) * 3, columns, lines[slot]);
      held[slot] = row;
    }
    return lines[slot];
  };
  for (int64_t y = 0; y < p.size; y++) {
    const int32_t* top = line(rows[y].low, rows[y].high);
    finish(y, top, line(rows[y].high, rows[y].low));
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
  int32_t* lines = context.scratch<int32_t>(6 * p.size * context.thread_count);
  const bool raw = p.out.dtype == DType::u8, plain = !p.jitter && !p.gray;
  float* colours = plain ? nullptr : context.scratch<float>(pixels * 3 * context.thread_count);
  context.parallel_for(p.frames, [&](int64_t t, int thread) {
    const uint8_t* frame = p.input + t * p.height * p.width * 3;
    int32_t* work = lines + thread * 6 * p.size;
    float scale[3], shift[3];
    for (int c = 0; c < 3; c++)
      scale[c] = 1.f / (255.f * p.deviation[c]), shift[c] = -p.mean[c] / p.deviation[c];
    uint8_t* bytes = static_cast<uint8_t*>(p.out.data) + t * pixels * 3;
    if (plain && raw) {
      resize_frame(p, frame, columns, rows, work, [&](int64_t y, const int32_t* top, const int32_t* bottom) {
        for (int64_t i = 0; i < p.size; i++)
          for (int64_t c = 0; c < 3; c++)
            bytes[(y * p.size + i) * 3 + c] =
                static_cast<uint8_t>(blend_rows(rows[y], top[c * p.size + i], bottom[c * p.size + i]));
      });
      return;
    }
    if (plain) {
      MSTA_FOR_DTYPE(p.out.dtype, T, {
        resize_frame(
            p, frame, columns, rows, work, [&](int64_t y, const int32_t* top, const int32_t* bottom) {
              for (int64_t c = 0; c < 3; c++) {
                const int32_t *a = top + c * p.size, *b = bottom + c * p.size;
                T* out = static_cast<T*>(p.out.data) + (c * p.frames + t) * pixels + y * p.size;
                for (int64_t i = 0; i < p.size; i++)
                  put(out + i, static_cast<float>(blend_rows(rows[y], a[i], b[i])) * scale[c] + shift[c]);
              }
            });
      })
      return;
    }
    float* rgb = colours + thread * pixels * 3;
    resize_frame(p, frame, columns, rows, work, [&](int64_t y, const int32_t* top, const int32_t* bottom) {
      for (int64_t i = 0; i < p.size; i++)
        for (int64_t c = 0; c < 3; c++)
          rgb[(y * p.size + i) * 3 + c] =
              static_cast<float>(blend_rows(rows[y], top[c * p.size + i], bottom[c * p.size + i]));
    });
    if (p.jitter) jitter_frame(p, rgb);
    if (p.gray)
      for (int64_t i = 0; i < pixels; i++) rgb[i * 3] = rgb[i * 3 + 1] = rgb[i * 3 + 2] = luma(rgb + i * 3);
    if (raw) {
      for (int64_t i = 0; i < pixels * 3; i++) bytes[i] = static_cast<uint8_t>(rgb[i] + 0.5f);
      return;
    }
    for (int c = 0; c < 3; c++) {
      MSTA_FOR_DTYPE(p.out.dtype, T, {
        T* out = static_cast<T*>(p.out.data) + (c * p.frames + t) * pixels;
        for (int64_t i = 0; i < pixels; i++) put(out + i, rgb[i * 3 + c] * scale[c] + shift[c]);
      })
    }
  });
}

}  // namespace msta::MSTA_ISA
