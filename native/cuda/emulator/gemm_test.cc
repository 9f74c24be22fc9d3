// Every kernel behind multiply(), whatever choose() would prefer: each check prints "ok NAME" or "FAIL NAME:
// why". Operands lie against pages that may not be touched.
#include <sys/mman.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "../gemm_wgmma.h"

namespace {

using namespace msta;
using namespace msta::cuda;

int failures = 0;

void expect(const std::string& name, bool holds, const std::string& why) {
  if (!holds) failures++;
  std::printf(holds ? "ok %s\n" : "FAIL %s: %s\n", name.c_str(), why.c_str());
}

// About normal numbers (the sum of some uniform ones), the same on every run.
float random_number() {
  static uint64_t state = 1;
  float total = -4;
  for (int i = 0; i < 8; i++) {
    state = state * 6364136223846793005 + 1442695040888963407;
    total += static_cast<float>(state >> 40) / (1 << 24);
  }
  return total;
}

// A matrix in memory of its own, whose end (or start, where `aligned`) is that of what may be touched.
class TestMatrix {
 public:
  TestMatrix(int64_t rows, int64_t columns, DType dtype, bool row_major, bool aligned)
      : rows_(rows), columns_(columns), dtype_(dtype) {
    const int64_t lines = row_major ? rows : columns, length = row_major ? columns : rows;
    const int64_t stride = aligned ? (length + 15) / 8 * 8 : length + 1;
    row_stride_ = row_major ? stride : 1, column_stride_ = row_major ? 1 : stride;
    const auto bytes = static_cast<size_t>(((lines - 1) * stride + length) * dtype_size(dtype));
    mapped_ = (bytes + page - 1) / page * page + 2 * page;
    base_ = static_cast<char*>(
        mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    std::memset(base_, 0xff, mapped_);
    mprotect(base_, page, PROT_NONE);
    mprotect(base_ + mapped_ - page, page, PROT_NONE);
    data_ = aligned ? base_ + page : base_ + mapped_ - page - bytes;
    for (int64_t r = 0; r < rows; r++)
      for (int64_t c = 0; c < columns; c++) put_at(r, c, random_number());
  }
  TestMatrix(const TestMatrix&) = delete;
  ~TestMatrix() { munmap(base_, mapped_); }

  float operator()(int64_t r, int64_t c) const {
    return element(data_, dtype_, r * row_stride_ + c * column_stride_);
  }
  // Of a row-major one: whether nothing was written between its rows.
  bool gaps_untouched() const {
    bool untouched = true;
    for (int64_t r = 0; r + 1 < rows_; r++)
      for (int64_t c = columns_; c < row_stride_; c++) untouched &= std::isnan((*this)(r, c));
    return untouched;
  }
  Matrix matrix() const { return {data_, dtype_, row_stride_, column_stride_}; }
  Operand operand() const { return {data_, rows_ * columns_, dtype_}; }
  void* data() const { return data_; }
  int64_t row_stride() const { return row_stride_; }

 private:
  static constexpr size_t page = 4096;

  void put_at(int64_t r, int64_t c, float x) {
    const int64_t at = r * row_stride_ + c * column_stride_;
    if (dtype_ == DType::bf16)
      put(reinterpret_cast<bf16*>(data_) + at, x);
    else
      put(reinterpret_cast<float*>(data_) + at, x);
  }

  int64_t rows_, columns_, row_stride_, column_stride_;
  DType dtype_;
  char *base_, *data_;
  size_t mapped_;
};

struct Case {
  int64_t rows, depth, columns;
  DType a, b, c;
  bool a_row_major, b_row_major, aligned;
  Activation activation;
  bool in_place;
};

double activated(Activation activation, double x) {
  if (activation == Activation::relu) return x > 0 ? x : 0;
  return activation == Activation::quick_gelu ? x / (1 + std::exp(-1.702 * x)) : x;
}

// What is wrong with multiply_by(plan), if anything.
std::string fault_of(const Plan& plan, Gpu& gpu, const Case& one) {
  const TestMatrix a(one.rows, one.depth, one.a, one.a_row_major, one.aligned);
  const TestMatrix b(one.depth, one.columns, one.b, one.b_row_major, one.aligned);
  const TestMatrix bias(1, one.columns, one.a, true, one.aligned);
  const TestMatrix c(one.rows, one.columns, one.c, true, one.aligned);
  const TestMatrix pre(one.rows, one.columns, one.c, true, one.aligned);
  const TestMatrix other(one.rows, one.columns, one.c, true, one.aligned);
  const TestMatrix& residual = one.in_place ? c : other;
  std::vector<double> expected, expected_pre;
  for (int64_t r = 0; r < one.rows; r++)
    for (int64_t n = 0; n < one.columns; n++) {
      double total = bias(0, n);
      for (int64_t k = 0; k < one.depth; k++) total += static_cast<double>(a(r, k)) * b(k, n);
      expected_pre.push_back(total);
      expected.push_back(residual(r, n) + 0.5 * activated(one.activation, total));
    }
  Epilogue epilogue;
  epilogue.bias = bias.operand();
  epilogue.activation = one.activation;
  epilogue.scale = 0.5f;
  epilogue.pre_activation = pre.data();
  epilogue.residual = residual.data();
  multiply_by(plan, gpu, one.rows, one.depth, one.columns, a.matrix(), b.matrix(), c.data(), one.c,
              c.row_stride(), epilogue);
  double difference = 0, size = 0;
  for (int64_t r = 0; r < one.rows; r++)
    for (int64_t n = 0; n < one.columns; n++) {
      const auto at = static_cast<size_t>(r * one.columns + n);
      difference += std::pow(c(r, n) - expected[at], 2) + std::pow(pre(r, n) - expected_pre[at], 2);
      size += std::pow(expected[at], 2) + std::pow(expected_pre[at], 2);
    }
  const double error = std::sqrt(difference / size);
  const double allowed = one.c == DType::bf16 ? 3e-3 : one.a == one.b ? 1e-6 : 5e-6;
  const std::string shape = std::to_string(one.rows) + "x" + std::to_string(one.depth) + "x" +
                            std::to_string(one.columns) + (one.aligned ? ", aligned" : "");
  if (!(error <= allowed)) return shape + ": error " + std::to_string(error * 1e6) + "e-6; ";
  return c.gaps_untouched() && pre.gaps_untouched() ? "" : shape + ": wrote between rows; ";
}

// A tile with one more row and column, parts of a tile, and less than one step along the depth or several.
void check_kernel(Gpu& gpu, const Plan& plan, const TileShape& tile, bool a_row_major, bool b_row_major) {
  constexpr DType f32 = DType::f32, bf = DType::bf16;
  const bool is_f32 = plan.kernel == Plan::f32;
  const DType mixed = is_f32 ? f32 : bf;
  const Case cases[] = {
      {tile.rows + 1, 160, tile.columns + 1, mixed, mixed, f32, a_row_major, b_row_major, true,
       Activation::none, false},
      {tile.rows - 8, 136, tile.columns + 8, mixed, mixed, bf, a_row_major, b_row_major, true,
       Activation::quick_gelu, true},
      {17, 104, tile.columns - 3, mixed, f32, f32, a_row_major, b_row_major, true, Activation::relu, true},
      {tile.rows - 3, 71, 24, f32, mixed, bf, a_row_major, b_row_major, false, Activation::quick_gelu, false},
      {33, 7, 9, mixed, mixed, f32, a_row_major, b_row_major, false, Activation::none, true},
  };
  std::string faults;
  for (const Case& one : cases) faults += fault_of(plan, gpu, one);
  const std::string name = std::string(is_f32                     ? "f32 "
                                       : plan.kernel == Plan::mma ? "mma "
                                                                  : "wgmma ") +
                           std::to_string(tile.rows) + "x" + std::to_string(tile.columns) + ", A by " +
                           (a_row_major ? "rows" : "columns") + ", B by " +
                           (b_row_major ? "rows" : "columns") + ", " + std::to_string(plan.splits) +
                           " split(s)";
  expect(name, faults.empty(), faults);
}

template <size_t count>
void check_kernels(Gpu& gpu, const TileShape (&tiles)[count], Plan::Kernel kernel) {
  for (size_t shape = 0; shape < count; shape++)
    for (const int splits : {1, 3})
      for (const int layout : {0, 1, 2, 3})
        check_kernel(gpu, {kernel, static_cast<int>(shape), splits}, tiles[shape], layout / 2 == 0,
                     layout % 2 == 0);
}

}  // namespace

int main() {
  Arena arena;
  Gpu gpu;
  gpu.arena = &arena;
  gpu.op = "multiply";
  cudaStreamCreateWithFlags(&gpu.stream, cudaStreamNonBlocking);
  try {
    check_kernels(gpu, mma_shapes, Plan::mma);
    check_kernels(gpu, wgmma_shapes, Plan::wgmma);
    check_kernels(gpu, f32_shapes, Plan::f32);
  } catch (const Error& error) {
    expect("products run", false, error.what());
  }
  return failures > 0;
}
