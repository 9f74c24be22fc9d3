#include "packed_weight.h"

#include "gemm_bf16.h"
#include "gemm_driver.h"
#include "gemm_int8.h"
#include "transpose.h"

namespace msta::MSTA_ISA {

namespace {

// The parts of an int8 weight's memory.
struct Int8Parts {
  int8_t* panels;
  float* scales;
  int32_t* sums;

  explicit Int8Parts(const PackedWeight& w)
      : panels(static_cast<int8_t*>(w.data)),
        scales(reinterpret_cast<float*>(panels + panel_count(w) * panel_size_int8(w.depth))),
        sums(reinterpret_cast<int32_t*>(scales + panel_count(w) * panel_width)) {}
  static int64_t panel_count(const PackedWeight& w) { return round_up(w.columns, panel_width) / panel_width; }
};

struct Bfloat16Format {
  using A = bf16;
  using B = bf16;
  using Sum = float;
  struct Rows {};
  static constexpr int64_t depth_step = 2;
  static constexpr int64_t depth_block = 2048;

  const float* scales = nullptr;  // factors of the columns of A, optional

  bool copies(const Matrix&) const { return true; }
  Block<bf16> read(const Matrix& a, const BlockPlace& at, bf16* copy, int64_t stride, Rows&) const {
    MSTA_FOR_DTYPE(a.dtype, T, {
      for (int64_t r = 0; r < at.count; r++)
        round_row(element<T>(a, at.row + r, at.k), scales ? scales + at.k : nullptr, at.length,
                  copy + r * stride);
    })
    return {copy, stride, 1};
  }
  void tile(int64_t rows, int64_t depth, const Block<bf16>& a, const bf16* panel, float* out, int64_t stride,
            bool add) const {
    multiply_tile_bf16(rows, depth, a.data, a.row_stride, panel, out, stride, add);
  }
  auto values(const float* sums, int64_t stride, int64_t, const Rows&) const {
    return [=](int64_t r, int64_t j) { return load(sums + r * stride + j); };
  }

 private:
  template <class T>
  static void round_row(const T* x, const float* factors, int64_t depth, bf16* out) {
    int64_t k = 0;
    for (; k + lanes <= depth; k += lanes)
      store(out + k, factors ? load(x + k) * load(factors + k) : load(x + k));
    for (; k < depth; k++) put(out + k, factors ? to_float(x[k]) * factors[k] : to_float(x[k]));
    if (depth % 2) out[k] = {0};
  }
};

struct Int8Format {
  using A = uint8_t;
  using B = int8_t;
  using Sum = int32_t;
  struct Rows {
    RowScale scale[most_rows];
  };
  static constexpr int64_t depth_step = 4;
  static constexpr int64_t depth_block = most_int8_depth;  // a row has one scale

  const float* scales;
  const int32_t* sums;

  bool copies(const Matrix&) const { return true; }
  Block<uint8_t> read(const Matrix& a, const BlockPlace& at, uint8_t* copy, int64_t stride,
                      Rows& rows) const {
    MSTA_FOR_DTYPE(a.dtype, T, {
      for (int64_t r = 0; r < at.count; r++)
        rows.scale[r] = quantize_row(element<T>(a, at.row + r, 0), at.length, copy + r * stride);
    })
    return {copy, stride, 1};
  }
  void tile(int64_t rows, int64_t depth, const Block<uint8_t>& a, const int8_t* panel, int32_t* out,
            int64_t stride, bool) const {
    multiply_tile_int8(rows, depth, a.data, a.row_stride, panel, out, stride);
  }
  auto values(const int32_t* products, int64_t stride, int64_t column, const Rows& rows) const {
    return [=, &rows, this](int64_t r, int64_t j) {
      vi total, sum;
      __builtin_memcpy(&total, products + r * stride + j, sizeof total);
      __builtin_memcpy(&sum, sums + column + j, sizeof sum);
      const RowScale& row = rows.scale[r];
      return __builtin_convertvector(total - row.zero * sum, vf) * (row.scale * load(scales + column + j));
    };
  }
};

// How each form gives `lanes` neighbouring columns of row k as float32, columns from a multiple of lanes.
struct Float32Rows {
  const float* panels;
  int64_t depth;
  vf operator()(int64_t k, int64_t n) const {
    return load(panels + (n / panel_width * depth + k) * panel_width + n % panel_width);
  }
};
struct Bfloat16Rows {
  const bf16* panels;
  int64_t depth;
  vf operator()(int64_t k, int64_t n) const {
    vu pairs;
    __builtin_memcpy(
        &pairs,
        panels + n / panel_width * panel_size_bf16(depth) + (k / 2 * panel_width + n % panel_width) * 2,
        sizeof pairs);
    return (vf)(k % 2 ? pairs & 0xffff0000 : pairs << 16);
  }
};
struct Int8Rows {
  const int8_t* panels;
  int64_t depth;
  vf operator()(int64_t k, int64_t n) const {
    vi quads;
    __builtin_memcpy(
        &quads,
        panels + n / panel_width * panel_size_int8(depth) + (k / 4 * panel_width + n % panel_width) * 4,
        sizeof quads);
    return __builtin_convertvector(quads << static_cast<int>(24 - 8 * (k % 4)) >> 24, vf);
  }
};

// Calls body(rows) with the reader of w's form.
template <class Body>
void with_rows(const PackedWeight& w, const Body& body) {
  switch (w.packing) {
    case Packing::bfloat16:
      return body(Bfloat16Rows{static_cast<const bf16*>(w.data), w.depth});
    case Packing::int8:
      return body(Int8Rows{Int8Parts(w).panels, w.depth});
    default:
      return body(Float32Rows{static_cast<const float*>(w.data), w.depth});
  }
}

// square[i] = values k .. k + lanes of column n + i; zero past the depth.
template <class Rows>
inline void load_columns(const Rows& rows, int64_t k, int64_t n, vf (&square)[lanes]) {
  if (k + lanes <= rows.depth)
    for (int64_t i = 0; i < lanes; i++) square[i] = rows(k + i, n);
  else
    for (int64_t i = 0; i < lanes; i++) square[i] = k + i < rows.depth ? rows(k + i, n) : vf{};
  transpose(square);
}

inline void store_columns(const vf (&square)[lanes], int64_t n, int64_t count, float* panel) {
  for (int64_t i = 0; i < count; i++) store(panel + (n + i) * panel_width, square[i]);
}
// The values are bfloat16 already; columns past the last are zero.
inline void store_columns(const vf (&square)[lanes], int64_t n, int64_t count, bf16* panel) {
  for (int64_t i = 0; i < count; i += 2) {
    const vu pairs = (vu)square[i] >> 16 | ((vu)square[i + 1] & 0xffff0000);
    __builtin_memcpy(panel + (n + i) * panel_width, &pairs, sizeof pairs);
  }
}

// Panels of the transposed matrix [columns, depth].
template <class T>
void transpose_panels(KernelContext& context, const PackedWeight& w, int64_t panel_size, T* panels) {
  constexpr int64_t step =
      panel_width * static_cast<int64_t>(sizeof(float) / sizeof(T)) / 2;  // between squares
  with_rows(w, [&](const auto& rows) {
    context.parallel_for((w.depth + panel_width - 1) / panel_width, [&](int64_t p, int) {
      for (int64_t n = 0; n < w.columns; n += lanes)
        for (int64_t half = 0; half < 2; half++) {
          vf square[lanes];
          load_columns(rows, p * panel_width + half * lanes, n, square);
          store_columns(square, n, smaller(lanes, w.columns - n), panels + p * panel_size + half * step);
        }
    });
  });
}

}  // namespace

void pack_weight(KernelContext& context, const Matrix& b, const PackedWeight& w) {
  if (w.packing == Packing::float32) return pack(context, b, w.depth, w.columns, static_cast<float*>(w.data));
  const Int8Parts int8(w);
  context.parallel_for(Int8Parts::panel_count(w), [&](int64_t p, int) {
    const int64_t column = p * panel_width;
    if (w.packing == Packing::bfloat16)
      pack_panel_bf16(b, w.depth, w.columns, column,
                      static_cast<bf16*>(w.data) + p * panel_size_bf16(w.depth));
    else
      pack_panel_int8(b, w.depth, w.columns, column, int8.panels + p * panel_size_int8(w.depth),
                      int8.scales + column, int8.sums + column);
  });
}

void unpack_weight(KernelContext& context, const PackedWeight& w, DType out_dtype, void* out) {
  const float* scales = w.packing == Packing::int8 ? Int8Parts(w).scales : nullptr;
  with_rows(w, [&](const auto& rows) {
    context.parallel_for((w.columns + lanes - 1) / lanes, [&](int64_t block, int) {
      const int64_t n = block * lanes;
      MSTA_FOR_DTYPE(out_dtype, T, {
        for (int64_t k = 0; k < w.depth; k += lanes) {
          vf square[lanes];
          load_columns(rows, k, n, square);
          for (int64_t i = 0; i < smaller(lanes, w.columns - n); i++)
            store_first(static_cast<T*>(out) + (n + i) * w.depth + k,
                        scales ? square[i] * scales[n + i] : square[i], smaller(lanes, w.depth - k));
        }
      })
    });
  });
}

void multiply_weight(KernelContext& context, int64_t rows, const Matrix& a, const PackedWeight& w, void* c,
                     DType c_dtype, int64_t c_stride, const Epilogue& epilogue) {
  const auto run = [&](const auto& format, const auto* panels) {
    multiply_panels(context, format, rows, w.depth, w.columns, a, panels, c, c_dtype, c_stride, epilogue);
  };
  if (w.packing == Packing::bfloat16) return run(Bfloat16Format{}, static_cast<const bf16*>(w.data));
  if (w.packing == Packing::int8) {
    const Int8Parts parts(w);
    return run(Int8Format{parts.scales, parts.sums}, parts.panels);
  }
  multiply_packed(context, rows, w.depth, w.columns, a, static_cast<const float*>(w.data), c, c_dtype,
                  c_stride, epilogue);
}

void multiply_transposed_weight(KernelContext& context, int64_t rows, const Matrix& a, const PackedWeight& w,
                                void* c, DType c_dtype, int64_t c_stride) {
  const int64_t panel_count = round_up(w.depth, panel_width) / panel_width;
  if (w.packing == Packing::float32) {
    float* panels = context.scratch<float>(packed_size(w.columns, w.depth));
    transpose_panels(context, w, w.columns * panel_width, panels);
    multiply_packed(context, rows, w.columns, w.depth, a, panels, c, c_dtype, c_stride, {});
    return;
  }
  // The bytes of int8 are bfloat16 numbers, too; its scales, which are not, go to the other side.
  const Bfloat16Format format{w.packing == Packing::int8 ? Int8Parts(w).scales : nullptr};
  const int64_t panel_size = panel_size_bf16(w.columns);
  bf16* panels = context.scratch<bf16>(panel_count * panel_size);
  transpose_panels(context, w, panel_size, panels);
  multiply_panels(context, format, rows, w.columns, w.depth, a, panels, c, c_dtype, c_stride, {});
}

}  // namespace msta::MSTA_ISA
