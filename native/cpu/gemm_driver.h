#pragma once
#include "epilogue.h"

// The loops around a register tile, for every kind of packed panels. A `Format` says what differs:
//   A, B           types of the elements of a copied block of A, and of panels
//   Sum            type of the accumulators
//   depth_step     elements of the depth that a panel keeps together
//   depth_block    depth of a panel whose accumulators stay in registers
//   copies(a)      whether blocks of A are copied, or read where they are
//   read(...)      such a block
//   tile(...)      out (+)= block * panel
//   values(...)    the accumulators of one panel as float32, by row and column
namespace msta::MSTA_ISA {

constexpr int64_t most_rows = tile_rows * 8;  // of A in one task
constexpr int64_t a_padding = 64;  // bytes that keep rows of a copied block off the same cache sets

// Part of A: element (r, k) at data[r * row_stride + k * column_stride].
template <class T>
struct Block {
  const T* data;
  int64_t row_stride, column_stride;
};

// Rows of A from `row`, `count` of them, and `length` of its depth from `k`.
struct BlockPlace {
  int64_t row, count, k, length;
};

template <class T>
const T* element(const Matrix& a, int64_t row, int64_t column) {
  return static_cast<const T*>(a.data) + row * a.row_stride + column * a.column_stride;
}

// What the epilogue will read and write is fetched while the tiles are computed: it lies in pieces of a
// panel's width, in which no hardware sees a pattern.
static inline void prefetch_rows(const void* start, int64_t rows, int64_t row_bytes, int64_t stride) {
  const char* row = static_cast<const char*>(start);
  for (int64_t r = 0; r < rows; r++, row += stride)
    for (int64_t i = 0; i < row_bytes; i += 64) __builtin_prefetch(row + i, 1);
}

template <class Format>
void multiply_panels(KernelContext& context, const Format& format, int64_t rows, int64_t depth,
                     int64_t columns, const Matrix& a, const typename Format::B* panels, void* c,
                     DType c_dtype, int64_t c_stride, const Epilogue& epilogue) {
  using A = typename Format::A;
  using Sum = typename Format::Sum;
  if (rows == 0 || columns == 0) return;
  constexpr int64_t depth_block = Format::depth_block;
  const int64_t panel_size = round_up(depth, Format::depth_step) * panel_width;
  const int64_t c_size = dtype_size(c_dtype);
  // Large blocks read the panels less often, small ones share few rows out evenly.
  const int64_t row_block = rows >= 4 * context.thread_count * most_rows ? most_rows : most_rows / 2;
  const int64_t row_blocks = (rows + row_block - 1) / row_block;
  const int64_t panel_count = round_up(columns, panel_width) / panel_width;
  // A task is a block of rows and a group of panels: all of them where there are rows enough to share out
  // evenly.
  const bool whole_depth = depth <= depth_block;
  const int64_t wanted_groups = (8 * context.thread_count + row_blocks - 1) / row_blocks;
  const int64_t most_panels = whole_depth ? panel_count : larger(1, 1024 / panel_width);
  const int64_t group = smaller(most_panels, (panel_count + wanted_groups - 1) / wanted_groups);
  const int64_t groups = (panel_count + group - 1) / group;

  const int64_t copy_stride =
      round_up(smaller(depth, depth_block), Format::depth_step) + a_padding / static_cast<int64_t>(sizeof(A));
  const int64_t copy_size =
      format.copies(a) ? round_up(row_block * copy_stride * static_cast<int64_t>(sizeof(A)), 64) : 0;
  // Sums wait for the rest of the depth; where there is none, one panel's are enough.
  const int64_t sum_stride = (whole_depth ? 1 : group) * panel_width;
  const int64_t sums_size = round_up(row_block * sum_stride * static_cast<int64_t>(sizeof(Sum)), 64);
  char* scratch = context.scratch<char>((copy_size + sums_size) * context.thread_count);

  context.parallel_for(row_blocks * groups, [&](int64_t task, int thread) {
    A* copy = reinterpret_cast<A*>(scratch + thread * (copy_size + sums_size));
    Sum* sums = reinterpret_cast<Sum*>(scratch + thread * (copy_size + sums_size) + copy_size);
    const int64_t row = task / groups * row_block, count = smaller(row_block, rows - row);
    const int64_t first = task % groups * group, last = smaller(panel_count, first + group);
    typename Format::Rows details;
    for (int64_t k = 0; k < depth || k == 0; k += depth_block) {
      const int64_t length = smaller(depth_block, depth - k);
      const Block<A> block = format.read(a, {row, count, k, length}, copy, copy_stride, details);
      for (int64_t p = first; p < last; p++) {
        Sum* out = whole_depth ? sums : sums + (p - first) * panel_width;
        const bool final = k + length >= depth;
        const int64_t column = p * panel_width, width = smaller(panel_width, columns - column);
        if (final)
          prefetch_rows(static_cast<char*>(c) + (row * c_stride + column) * c_size, count, width * c_size,
                        c_stride * c_size);
        format.tile(count, length, block, panels + p * panel_size + k * panel_width, out, sum_stride, k > 0);
        if (!final) continue;
        MSTA_FOR_DTYPE(c_dtype, T, {
          finish(count, width, format.values(out, sum_stride, column, details), epilogue, column,
                 row * c_stride, static_cast<T*>(c), c_stride);
        })
      }
    }
  });
}

}  // namespace msta::MSTA_ISA
