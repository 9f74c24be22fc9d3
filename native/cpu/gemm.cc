#include "gemm.h"

namespace msta::MSTA_ISA {

namespace {

constexpr int64_t depth_block = 1024;  // a panel of this depth and a few tiles of A stay in the L2 cache
constexpr int64_t row_block = tile_rows * 4 > 48 ? tile_rows * 4 : 48;
constexpr int64_t a_padding = 16;  // keeps rows of a copied block off the same cache sets

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

inline vf activate(Activation activation, vf x) {
  switch (activation) {
    case Activation::quick_gelu:
      return x * sigmoid(x * 1.702f);
    case Activation::relu:
      return (x > vf{}) ? x : ((x != x) ? x : vf{});
    case Activation::none:
      break;
  }
  return x;
}

// Applies the epilogue to rows x width values (width <= panel_width) and stores them.
template <class T>
void finish(int64_t rows, int64_t width, const float* values, int64_t stride, const float* bias,
            const Epilogue& e, int64_t offset, T* c, int64_t c_stride) {
  T* pre = static_cast<T*>(e.pre_activation);
  const T* residual = static_cast<const T*>(e.residual);
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t j = 0; j < width; j += lanes) {
      const int64_t n = smaller(lanes, width - j), at = offset + r * c_stride + j;
      const bool whole = n == lanes;
      vf x = load(values + r * stride + j);
      if (bias) x += whole ? load(bias + j) : load_first(bias + j, n);
      if (pre) whole ? store(pre + at, x) : store_first(pre + at, x, n);
      x = activate(e.activation, x) * e.scale;
      if (residual) x += whole ? load(residual + at) : load_first(residual + at, n);
      whole ? store(c + at, x) : store_first(c + at, x, n);
    }
  }
}

template <class T>
void copy_block(const T* a, int64_t row_stride, int64_t column_stride, int64_t rows, int64_t depth,
                float* out, int64_t out_stride) {
  for (int64_t r = 0; r < rows; r++) {
    const T* source = a + r * row_stride;
    float* target = out + r * out_stride;
    int64_t k = 0;
    if (column_stride == 1)
      for (; k + lanes <= depth; k += lanes) store(target + k, load(source + k));
    for (; k < depth; k++) target[k] = to_float(source[k * column_stride]);
  }
}

template <class T>
void pack_panel_of(const T* b, int64_t row_stride, int64_t column_stride, int64_t depth, int64_t width,
                   float* panel) {
  if (width == panel_width && column_stride == 1) {
    for (int64_t k = 0; k < depth; k++, panel += panel_width, b += row_stride) {
      store(panel, load(b));
      store(panel + lanes, load(b + lanes));
    }
    return;
  }
  for (int64_t k = 0; k < depth; k++, panel += panel_width) {
    int64_t j = 0;
    for (; j < width; j++) panel[j] = to_float(b[k * row_stride + j * column_stride]);
    for (; j < panel_width; j++) panel[j] = 0;
  }
}

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
  if (rows == 0 || columns == 0) return;
  const int64_t row_blocks = (rows + row_block - 1) / row_block;
  const int64_t panels = round_up(columns, panel_width) / panel_width;
  // Whole rows of panels a task when there are rows enough to share out; else split the columns too.
  const int64_t wanted_splits = larger(1, 4 * context.thread_count / larger(1, row_blocks));
  const int64_t most_panels = depth > depth_block ? larger(1, 1024 / panel_width) : panels;
  const int64_t group = smaller(most_panels, larger(1, (panels + wanted_splits - 1) / wanted_splits));
  const int64_t groups = (panels + group - 1) / group;

  const bool direct_rows = a.dtype == DType::f32 && a.column_stride == 1 && a.row_stride % 1024 != 0;
  const bool direct_columns = a.dtype == DType::f32 && a.row_stride == 1 && a.column_stride != 1;
  const int64_t chunk = smaller(depth, depth_block), copy_stride = chunk + a_padding;
  const int64_t value_stride = group * panel_width;
  const int64_t copy_size = direct_rows || direct_columns ? 0 : row_block * copy_stride;
  const int64_t thread_size = round_up(copy_size + row_block * value_stride, 16);
  float* scratch = context.scratch<float>(thread_size * context.thread_count);

  context.parallel_for(row_blocks * groups, [&](int64_t task, int thread) {
    float* copy = scratch + thread * thread_size;
    float* values = copy + copy_size;
    const int64_t row = task / groups * row_block, count = smaller(row_block, rows - row);
    const int64_t first = task % groups * group, last = smaller(panels, first + group);
    for (int64_t k = 0; k < depth || k == 0; k += depth_block) {
      const int64_t length = smaller(depth_block, depth - k);
      const float* block;
      int64_t row_stride = a.row_stride, column_stride = a.column_stride;
      if (direct_rows || direct_columns) {
        block = static_cast<const float*>(a.data) + row * a.row_stride + k * a.column_stride;
      } else {
        MSTA_FOR_DTYPE(a.dtype, T, {
          copy_block(static_cast<const T*>(a.data) + row * a.row_stride + k * a.column_stride, a.row_stride,
                     a.column_stride, count, length, copy, copy_stride);
        })
        block = copy;
        row_stride = copy_stride;
        column_stride = 1;
      }
      const bool final = k + length >= depth;
      for (int64_t p = first; p < last; p++) {
        float* out = values + (p - first) * panel_width;
        multiply_tile(count, length, block, row_stride, column_stride, packed + (p * depth + k) * panel_width,
                      out, value_stride, k > 0);
        if (!final) continue;
        const int64_t column = p * panel_width, width = smaller(panel_width, columns - column);
        const float* bias = epilogue.bias ? epilogue.bias + column : nullptr;
        MSTA_FOR_DTYPE(c_dtype, T, {
          finish(count, width, out, value_stride, bias, epilogue, row * c_stride + column, static_cast<T*>(c),
                 c_stride);
        })
      }
      if (depth == 0) break;
    }
  });
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
