#include "gemm.h"

#include "gemm_driver.h"
#include "transpose.h"

namespace msta::MSTA_ISA {

namespace {

template <int rows, bool transposed_a>
inline __attribute__((always_inline)) void accumulate(int64_t depth, const float* __restrict a,
                                                      int64_t stride, const float* __restrict panel,
                                                      vf (&c)[rows][2]) {
  for (int64_t k = 0; k < depth; k++) {
    const vf b0 = load(panel), b1 = load(panel + lanes);
    panel += panel_width;
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
      const vf x = splat(transposed_a ? a[k * stride + r] : a[r * stride + k]);
      c[r][0] += x * b0;
      c[r][1] += x * b1;
    }
  }
}

template <int rows, bool transposed_a>
void tile(int64_t depth, const float* a, int64_t stride, const float* panel, float* out, int64_t out_stride,
          bool add) {
  vf c[rows][2];
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++) {
    c[r][0] = add ? load(out + r * out_stride) : vf{};
    c[r][1] = add ? load(out + r * out_stride + lanes) : vf{};
  }
  accumulate<rows, transposed_a>(depth, a, stride, panel, c);
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++) {
    store(out + r * out_stride, c[r][0]);
    store(out + r * out_stride + lanes, c[r][1]);
  }
}

template <bool transposed_a>
void tile_of(int64_t rows, int64_t depth, const float* a, int64_t stride, const float* panel, float* out,
             int64_t out_stride, bool add) {
  int64_t r = 0;
  const auto step = [&](auto tile_function, int64_t count) {
    for (; rows - r >= count; r += count)
      tile_function(depth, transposed_a ? a + r : a + r * stride, stride, panel, out + r * out_stride,
                    out_stride, add);
  };
  step(tile<tile_rows, transposed_a>, tile_rows);
  if constexpr (tile_rows > 8) step(tile<8, transposed_a>, 8);
  if constexpr (tile_rows > 4) step(tile<4, transposed_a>, 4);
  step(tile<2, transposed_a>, 2);
  step(tile<1, transposed_a>, 1);
}

// Panel columns whose values are neighbours each, a square of registers at a time.
template <class T>
void pack_columns(const T* b, int64_t stride, int64_t depth, int64_t width, float* panel) {
  for (int64_t k = 0; k < depth; k += lanes) {
    const int64_t count = smaller(lanes, depth - k);
    for (int64_t j = 0; j < panel_width; j += lanes) {
      vf square[lanes] = {};
      for (int64_t i = 0; i < smaller(lanes, width - j); i++) {
        const T* column = b + (j + i) * stride + k;
        square[i] = count == lanes ? load(column) : load_first(column, count);
      }
      transpose(square);
      for (int64_t i = 0; i < count; i++) store(panel + (k + i) * panel_width + j, square[i]);
    }
  }
}

template <class T>
void pack_panel_of(const T* b, int64_t row_stride, int64_t column_stride, int64_t depth, int64_t width,
                   float* panel) {
  if (row_stride == 1) {
    pack_columns(b, column_stride, depth, width, panel);
    return;
  }
  for (int64_t k = 0; k < depth; k++, panel += panel_width, b += row_stride) {
    int64_t j = 0;
    if (column_stride == 1)
      for (; j + lanes <= width; j += lanes) store(panel + j, load(b + j));
    for (; j < width; j++) panel[j] = to_float(b[j * column_stride]);
    for (; j < panel_width; j++) panel[j] = 0;
  }
}

template <class T>
void copy_block(const T* a, const Matrix& from, int64_t rows, int64_t depth, float* out, int64_t out_stride) {
  for (int64_t r = 0; r < rows; r++) {
    const T* source = a + r * from.row_stride;
    float* target = out + r * out_stride;
    int64_t k = 0;
    if (from.column_stride == 1)
      for (; k + lanes <= depth; k += lanes) store(target + k, load(source + k));
    for (; k < depth; k++) target[k] = to_float(source[k * from.column_stride]);
  }
}

struct Float32Format {
  using A = float;
  using B = float;
  using Sum = float;
  struct Rows {};
  static constexpr int64_t depth_step = 1;
  static constexpr int64_t depth_block = 768;  // a block of A and a panel stay in the L2 cache

  bool copies(const Matrix& a) const {
    const bool direct_rows = a.column_stride == 1 && a.row_stride % 1024 != 0;
    const bool direct_columns = a.row_stride == 1 && a.column_stride != 1;
    return a.dtype != DType::f32 || !(direct_rows || direct_columns);
  }
  Block<float> read(const Matrix& a, const BlockPlace& at, float* copy, int64_t stride, Rows&) const {
    if (!copies(a)) return {element<float>(a, at.row, at.k), a.row_stride, a.column_stride};
    MSTA_FOR_DTYPE(a.dtype, T,
                   { copy_block(element<T>(a, at.row, at.k), a, at.count, at.length, copy, stride); })
    return {copy, stride, 1};
  }
  void tile(int64_t rows, int64_t depth, const Block<float>& a, const float* panel, float* out,
            int64_t stride, bool add) const {
    multiply_tile(rows, depth, a.data, a.row_stride, a.column_stride, panel, out, stride, add);
  }
  auto values(const float* sums, int64_t stride, int64_t, const Rows&) const {
    return [=](int64_t r, int64_t j) { return load(sums + r * stride + j); };
  }
};

}  // namespace

void multiply_tile(int64_t rows, int64_t depth, const float* a, int64_t row_stride, int64_t column_stride,
                   const float* panel, float* out, int64_t out_stride, bool accumulate) {
  if (row_stride == 1 && column_stride != 1)
    tile_of<true>(rows, depth, a, column_stride, panel, out, out_stride, accumulate);
  else
    tile_of<false>(rows, depth, a, row_stride, panel, out, out_stride, accumulate);
}

void pack_panel(const Matrix& b, int64_t depth, int64_t columns, int64_t column, float* panel) {
  const int64_t width = smaller(panel_width, columns - column);
  MSTA_FOR_DTYPE(b.dtype, T, {
    pack_panel_of(static_cast<const T*>(b.data) + column * b.column_stride, b.row_stride, b.column_stride,
                  depth, width, panel);
  })
}

void pack(KernelContext& context, const Matrix& b, int64_t depth, int64_t columns, float* packed) {
  const int64_t panels = round_up(columns, panel_width) / panel_width;
  context.parallel_for(panels, [&](int64_t p, int) {
    pack_panel(b, depth, columns, p * panel_width, packed + p * depth * panel_width);
  });
}

void multiply_packed(KernelContext& context, int64_t rows, int64_t depth, int64_t columns, const Matrix& a,
                     const float* packed, void* c, DType c_dtype, int64_t c_stride,
                     const Epilogue& epilogue) {
  multiply_panels(context, Float32Format{}, rows, depth, columns, a, packed, c, c_dtype, c_stride, epilogue);
}

void multiply(KernelContext& context, int64_t rows, int64_t depth, int64_t columns, const Matrix& a,
              const Matrix& b, void* c, DType c_dtype, int64_t c_stride, const Epilogue& epilogue) {
  float* packed = context.scratch<float>(packed_size(depth, columns));
  pack(context, b, depth, columns, packed);
  multiply_packed(context, rows, depth, columns, a, packed, c, c_dtype, c_stride, epilogue);
}

void column_sums(KernelContext& context, int64_t rows, int64_t columns, const Operand& x, float* out) {
  constexpr int64_t block = 128;
  const int64_t blocks = (rows + block - 1) / block;
  float* partial = context.scratch<float>(larger(1, blocks) * columns);
  context.parallel_for(blocks, [&](int64_t b, int) {
    float* total = partial + b * columns;
    for (int64_t n = 0; n < columns; n++) total[n] = 0;
    MSTA_FOR_DTYPE(x.dtype, T, {
      for (int64_t r = b * block; r < smaller(rows, (b + 1) * block); r++) {
        const T* row = static_cast<const T*>(x.data) + r * columns;
        int64_t n = 0;
        for (; n + lanes <= columns; n += lanes) store(total + n, load(total + n) + load(row + n));
        for (; n < columns; n++) total[n] += to_float(row[n]);
      }
    })
  });
  for (int64_t n = 0; n < columns; n++) out[n] = 0;
  for (int64_t b = 0; b < blocks; b++)
    for (int64_t n = 0; n < columns; n++) out[n] += partial[b * columns + n];
}

const float* as_float(KernelContext& context, const Operand& x, int64_t count) {
  if (!x || x.dtype == DType::f32) return static_cast<const float*>(x.data);
  float* wide = context.scratch<float>(count);
  const bf16* narrow = static_cast<const bf16*>(x.data);
  for (int64_t i = 0; i < count; i++) wide[i] = to_float(narrow[i]);
  return wide;
}

vf activation_slope(Activation activation, vf x) {
  if (activation == Activation::relu) return (x > vf{}) ? splat(1.f) : vf{};
  if (activation == Activation::quick_gelu) {
    const vf s = sigmoid(x * 1.702f);
    return s * (1.f + x * 1.702f * (1.f - s));
  }
  return splat(1.f);
}

}  // namespace msta::MSTA_ISA
