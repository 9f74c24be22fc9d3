#include "video_transform.h"

#include "../../cuda/bf16.h"
#include "../../cuda/kernels.h"
#include "../../cuda/reduce.h"

namespace msta::cuda {

namespace {

constexpr int threads = 256;
constexpr int weight_bits = 11;  // OpenCV's INTER_RESIZE_COEF_BITS

struct Window {
  VideoTransform p;
  double ratio_x, ratio_y;   // source samples between two of the resized picture
  float scale[3], shift[3];  // of the normalisation
  int64_t blocks;            // of a frame
  double* grey_sums;         // [frames, blocks], with jitter
};

struct Rgb {
  float r, g, b;
};

// The two source samples of one output position and their weights in 1 / 2048.
struct Tap {
  int64_t low, high;
  int weight_low, weight_high;
};

__device__ __forceinline__ int64_t inside(int64_t at, int64_t count) {
  return at < 0 ? 0 : at >= count ? count - 1 : at;
}

// Half-pixel centres; positions outside the crop take its edge. The product is rounded by itself: a fused
// multiply-add now and then gives the neighbouring weight.
__device__ __forceinline__ Tap tap_of(int64_t at, double ratio, int64_t source) {
  const auto position = static_cast<float>(__dmul_rn(static_cast<double>(at) + 0.5, ratio) - 0.5);
  const auto base = static_cast<int64_t>(floorf(position));
  const float fraction = position - static_cast<float>(base);
  constexpr auto scale = static_cast<float>(1 << weight_bits);
  return {inside(base, source), inside(base + 1, source), static_cast<int>(rintf((1.f - fraction) * scale)),
          static_cast<int>(rintf(fraction * scale))};
}

// Blends four samples with OpenCV's rounding.
__device__ __forceinline__ float mix(const uint8_t* top, const uint8_t* bottom, const Tap& x, const Tap& y,
                                     int c) {
  const int a = top[x.low * 3 + c] * x.weight_low + top[x.high * 3 + c] * x.weight_high;
  const int b = bottom[x.low * 3 + c] * x.weight_low + bottom[x.high * 3 + c] * x.weight_high;
  const int value = (((y.weight_low * (a >> 4)) >> 16) + ((y.weight_high * (b >> 4)) >> 16) + 2) >> 2;
  return static_cast<float>(value < 0 ? 0 : value > 255 ? 255 : value);
}

// The colour at pixel (x, y) of the window, flipped where wanted; whole numbers.
__device__ __forceinline__ Rgb resized_pixel(const Window& w, int64_t frame, int64_t pixel) {
  const VideoTransform& p = w.p;
  const int64_t y = pixel / p.size, across = pixel - y * p.size;
  const Tap column = tap_of(p.offset_x + (p.flip ? p.size - 1 - across : across), w.ratio_x, p.crop_width);
  const Tap row = tap_of(p.offset_y + y, w.ratio_y, p.crop_height);
  const uint8_t* crop = p.input + ((frame * p.height + p.crop_y) * p.width + p.crop_x) * 3;
  const uint8_t* top = crop + row.low * p.width * 3;
  const uint8_t* bottom = crop + row.high * p.width * 3;
  return {mix(top, bottom, column, row, 0), mix(top, bottom, column, row, 1),
          mix(top, bottom, column, row, 2)};
}

__device__ __forceinline__ float clamp(float x) { return x < 0 ? 0 : x > 255 ? 255 : x; }
__device__ __forceinline__ float luma(const Rgb& x) { return 0.2989f * x.r + 0.587f * x.g + 0.114f * x.b; }
__device__ __forceinline__ Rgb blend(const Rgb& x, float other, float factor) {
  const float rest = other * (1 - factor);
  return {clamp(x.r * factor + rest), clamp(x.g * factor + rest), clamp(x.b * factor + rest)};
}

__device__ __forceinline__ float channel_of_hue(float hue, float offset, float value, float chroma) {
  float k = offset + hue;
  k -= k >= 6 ? 6 : 0;
  const float edge = k < 4 - k ? k : 4 - k;
  const float amount = edge < 0 ? 0 : edge > 1 ? 1 : edge;
  return value - chroma * amount;
}

__device__ __forceinline__ Rgb shift_hue(const Rgb& x, float turns) {
  const float value = x.r > x.g ? (x.r > x.b ? x.r : x.b) : (x.g > x.b ? x.g : x.b);
  const float least = x.r < x.g ? (x.r < x.b ? x.r : x.b) : (x.g < x.b ? x.g : x.b);
  const float chroma = value - least;
  if (chroma <= 0) return x;
  float hue = value == x.r   ? (x.g - x.b) / chroma
              : value == x.g ? 2 + (x.b - x.r) / chroma
                             : 4 + (x.r - x.g) / chroma;
  hue = hue / 6 + turns;
  hue = (hue - floorf(hue)) * 6;
  return {channel_of_hue(hue, 5, value, chroma), channel_of_hue(hue, 3, value, chroma),
          channel_of_hue(hue, 1, value, chroma)};
}

// First half of the jitter: each block's sum of the grey of the brightened frame.
__global__ void __launch_bounds__(threads) sum_grey(const Window w) {
  const int64_t pixels = w.p.size * w.p.size, pixel = int64_t{blockIdx.x} * threads + threadIdx.x;
  for (int64_t frame = blockIdx.y; frame < w.p.frames; frame += gridDim.y) {
    const double grey = pixel < pixels ? luma(blend(resized_pixel(w, frame, pixel), 0, w.p.brightness)) : 0;
    const double total = block_sum(grey);
    if (threadIdx.x == 0) w.grey_sums[frame * w.blocks + blockIdx.x] = total;
  }
}

__device__ __forceinline__ float mean_grey(const Window& w, int64_t frame) {
  double total = 0;
  for (int64_t i = threadIdx.x; i < w.blocks; i += threads) total += w.grey_sums[frame * w.blocks + i];
  return static_cast<float>(block_sum(total) / static_cast<double>(w.p.size * w.p.size));
}

__device__ __forceinline__ void put_bytes(const Window& w, int64_t frame, int64_t pixel, const Rgb& x) {
  uint8_t* out = static_cast<uint8_t*>(w.p.out.data) + (frame * w.p.size * w.p.size + pixel) * 3;
  out[0] = static_cast<uint8_t>(x.r + 0.5f);
  out[1] = static_cast<uint8_t>(x.g + 0.5f);
  out[2] = static_cast<uint8_t>(x.b + 0.5f);
}

template <class T>
__device__ __forceinline__ void put_planes(const Window& w, int64_t frame, int64_t pixel, const Rgb& x) {
  const int64_t pixels = w.p.size * w.p.size, plane = w.p.frames * pixels;
  T* out = static_cast<T*>(w.p.out.data) + frame * pixels + pixel;
  put(out, x.r * w.scale[0] + w.shift[0]);
  put(out + plane, x.g * w.scale[1] + w.shift[1]);
  put(out + 2 * plane, x.b * w.scale[2] + w.shift[2]);
}

template <bool jitter>
__global__ void __launch_bounds__(threads) transform(const Window w) {
  const VideoTransform& p = w.p;
  const int64_t pixels = p.size * p.size, pixel = int64_t{blockIdx.x} * threads + threadIdx.x;
  for (int64_t frame = blockIdx.y; frame < p.frames; frame += gridDim.y) {
    float mean = 0;
    if (jitter) mean = mean_grey(w, frame);
    if (pixel >= pixels) continue;
    Rgb x = resized_pixel(w, frame, pixel);
    if (jitter) {
      x = blend(blend(x, 0, p.brightness), mean, p.contrast);
      x = blend(x, luma(x), p.saturation);
      if (p.hue != 0) x = shift_hue(x, p.hue);
    }
    if (p.gray) x.r = x.g = x.b = luma(x);
    if (p.out.dtype == DType::u8)
      put_bytes(w, frame, pixel, x);
    else
      MSTA_FOR_DTYPE(p.out.dtype, T, put_planes<T>(w, frame, pixel, x);)
  }
}

double ratio_of(int64_t resized, int64_t source) {
  return 1 / (static_cast<double>(resized) / static_cast<double>(source));
}

}  // namespace

void video_transform(const KernelArgs& args, Gpu& gpu) {
  const VideoTransform p(args);
  Window w{p,
           ratio_of(p.resize_width, p.crop_width),
           ratio_of(p.resize_height, p.crop_height),
           {},
           {},
           ceil_div(p.size * p.size, threads),
           nullptr};
  for (int c = 0; c < 3; c++) {
    w.scale[c] = 1.f / (255.f * p.deviation[c]);
    w.shift[c] = -p.mean[c] / p.deviation[c];
  }
  const int64_t most_in_y = 65535;
  const dim3 grid{static_cast<unsigned>(w.blocks),
                  static_cast<unsigned>(p.frames < most_in_y ? p.frames : most_in_y), 1};
  if (!p.jitter) {
    launch(gpu, transform<false>, grid, threads, 0, w);
    return;
  }
  w.grey_sums = gpu.scratch<double>(p.frames * w.blocks);
  launch(gpu, sum_grey, grid, threads, 0, w);
  launch(gpu, transform<true>, grid, threads, 0, w);
}

}  // namespace msta::cuda
