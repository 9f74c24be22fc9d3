// What the emulator of Hopper's instructions must compute and catch: each check prints "ok NAME" or "FAIL
// NAME: why".
#include <cmath>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "../bf16.h"
#include "../hopper.h"

namespace {

using namespace msta::cuda;

int failures = 0;

void expect(const char* name, bool holds, const std::string& why = "") {
  if (!holds) failures++;
  std::printf(holds ? "ok %s\n" : "FAIL %s: %s\n", name, why.c_str());
}

// The error of a block of 128 threads with 64 KiB of shared memory; empty when it has none.
std::string error_of(const std::function<void()>& kernel) {
  try {
    emulator::run_grid({1, 1, 1}, {128, 1, 1}, 65536, kernel);
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}
void expect_error(const char* name, const char* part, const std::function<void()>& kernel) {
  const std::string error = error_of(kernel);
  expect(name, error.find(part) != std::string::npos, "'" + error + "' lacks '" + part + "'");
}

bf16* shared_elements() { return reinterpret_cast<bf16*>(dynamic_shared()); }
uint64_t* barrier() { return reinterpret_cast<uint64_t*>(dynamic_shared() + 60000); }
void begin_barrier(int count) {
  if (threadIdx.x == 0) {
    mbarrier_init(barrier(), count);
    mbarrier_init_fence();
  }
  __syncthreads();
}

// Small whole numbers, so that sums are exact.
float left_element(int m, int k) { return static_cast<float>((m * 7 + k * 3) % 11 - 5); }
float right_element(int k, int n) { return static_cast<float>((k * 5 + n * 2) % 7 - 3); }

// Where the manual's swizzle of 128 bytes puts element `at` of line `line`.
int place_in_lines(int line, int at) { return line * 64 + ((at / 8) ^ (line % 8)) * 8 + at % 8; }

// With `count`, of as many matrices one after another.
TensorMap map_of(const std::vector<bf16>& data, uint64_t width, uint64_t height, uint64_t stride,
                 uint64_t count = 0) {
  TensorMap map;
  const cuuint64_t size[] = {width, height, count}, strides[] = {stride * 2, stride * height * 2};
  const cuuint32_t box[] = {64, 16, 1}, every[] = {1, 1, 1};
  const CUresult result = cuTensorMapEncodeTiled(
      &map, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, count ? 3 : 2, const_cast<bf16*>(data.data()), size, strides,
      box, every, CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
      CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (result != CUDA_SUCCESS) throw std::runtime_error("a map was refused");
  return map;
}

void copies() {
  constexpr int width = 70, height = 20, stride = 72;
  std::vector<bf16> source(stride * height, to_bf16(99));
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) source[static_cast<size_t>(y * stride + x)] = to_bf16(left_element(y, x));
  const TensorMap map = map_of(source, width, height, stride);
  bool early = false, right = true;
  const std::string error = error_of([&] {
    begin_barrier(1);
    if (threadIdx.x == 0) {
      mbarrier_arrive_and_expect(barrier(), 16 * 128);
      copy_box_async(dynamic_shared(), map, 32, 8, barrier());
      early = !std::isnan(to_float(shared_elements()[0]));
    }
    mbarrier_wait(barrier(), 0);
    const int line = static_cast<int>(threadIdx.x) % 16;
    for (int at = 0; at < 64; at++) {
      const bool inside = 32 + at < width && 8 + line < height;
      right &= to_float(shared_elements()[place_in_lines(line, at)]) ==
               (inside ? left_element(8 + line, 32 + at) : 0);
    }
  });
  expect("a box comes swizzled, with zeros outside the matrix", error.empty() && right, error);
  expect("a box has not come before it is waited for", !early);
  expect_error("a box of another rank than its map", "rank", [&] {
    begin_barrier(1);
    if (threadIdx.x == 0) copy_box_async(dynamic_shared(), map, 0, 0, 0, barrier());
  });
  expect_error("a copy nobody waits for", "before its copies landed", [&] {
    begin_barrier(1);
    if (threadIdx.x == 0) copy_box_async(dynamic_shared(), map, 0, 0, barrier());
  });
  expect_error("a barrier the copy engine has not been shown", "not been shown", [&] {
    if (threadIdx.x > 0) return;
    mbarrier_init(barrier(), 1);
    copy_box_async(dynamic_shared(), map, 0, 0, barrier());
  });
}

void copies_of_several() {
  constexpr int width = 72, height = 20, count = 3;
  std::vector<bf16> source;
  for (int z = 0; z < count; z++)
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++)
        source.push_back(to_bf16(left_element(y, x) + 10 * static_cast<float>(z)));
  const TensorMap map = map_of(source, width, height, width, count);
  bool right = true;
  const std::string error = error_of([&] {
    begin_barrier(1);
    if (threadIdx.x == 0) {
      mbarrier_arrive_and_expect(barrier(), 16 * 128);
      copy_box_async(dynamic_shared(), map, 32, 8, 1, barrier());
    }
    mbarrier_wait(barrier(), 0);
    const int line = static_cast<int>(threadIdx.x) % 16;
    for (int at = 0; at < 64; at++) {
      const bool inside = 32 + at < width && 8 + line < height;
      right &= to_float(shared_elements()[place_in_lines(line, at)]) ==
               (inside ? left_element(8 + line, 32 + at) + 10 : 0);
    }
  });
  expect("a box of one of several matrices has nothing of the next", error.empty() && right, error);
}

void barriers() {
  expect_error("a barrier that was not initialized", "not initialized", [] { mbarrier_arrive(barrier()); });
  expect_error("a phase that never ends", "wait for ever", [] {
    begin_barrier(129);
    mbarrier_arrive(barrier());
    mbarrier_wait(barrier(), 0);
  });
  bool before = false;
  const std::string error = error_of([&] {
    begin_barrier(128);
    mbarrier_wait(barrier(), 1);  // the phase before the first
    before = true;
    mbarrier_arrive(barrier());
    mbarrier_wait(barrier(), 0);
    mbarrier_arrive(barrier());
    mbarrier_wait(barrier(), 1);
  });
  expect("phases have parities 0 and 1 in turn", error.empty() && before, error);
}

// A [64, 16] at the start of shared memory and B [16, 128] behind 16 KiB, each in lines along the depth or
// along its sides.
constexpr int b_start = 8192;
template <bool along_depth>
int place_of(int side, int depth) {
  return along_depth ? place_in_lines(side, depth) : side / 64 * 4096 + place_in_lines(depth, side % 64);
}
template <bool a_along_depth, bool b_along_depth>
void start_product(float (&c)[64], bool add) {
  const int thread = static_cast<int>(threadIdx.x);
  for (int k = 0; k < 16; k++) {
    if (thread < 64) shared_elements()[place_of<a_along_depth>(thread, k)] = to_bf16(left_element(thread, k));
    shared_elements()[b_start + place_of<b_along_depth>(thread, k)] = to_bf16(right_element(k, thread));
  }
  __syncthreads();
  wgmma_fence();
  wgmma_bf16<128, a_along_depth, b_along_depth>(c, matrix_descriptor(dynamic_shared(), 8192, 1024),
                                                matrix_descriptor(dynamic_shared() + b_start * 2, 8192, 1024),
                                                add);
}

template <bool a_along_depth, bool b_along_depth>
void product(const char* name) {
  bool right = true, early = false;
  const std::string error = error_of([&] {
    float c[64];
    for (float& x : c) x = 100;
    start_product<a_along_depth, b_along_depth>(c, true);
    wgmma_commit();
    wgmma_wait<1>(c);
    early |= !std::isnan(c[5]);
    wgmma_wait<0>(c);
    for (int i = 0; i < 64; i++) {
      // d_i of the manual's figure: row by warp, group of four lanes and i / 2, column by lane in it and i.
      const int lane = static_cast<int>(threadIdx.x) % 32;
      const int row = static_cast<int>(threadIdx.x) / 32 * 16 + lane / 4 + (i / 2 % 2) * 8;
      const int column = i / 4 * 8 + lane % 4 * 2 + i % 2;
      float expected = 100;
      for (int k = 0; k < 16; k++) expected += left_element(row, k) * right_element(k, column);
      right &= c[i] == expected;
    }
  });
  expect(name, error.empty() && right && !early, error.empty() ? "wrong or early" : error);
}

// The same with A [64, 16] in registers and B [16, 64], for `body` to wait for.
template <bool b_along_depth, class Body>
void product_of_registers(Body body) {
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32;
  for (int k = 0; k < 16; k++)
    if (thread < 64)
      shared_elements()[b_start + place_of<b_along_depth>(thread, k)] = to_bf16(right_element(k, thread));
  __syncthreads();
  float c[32];
  for (float& x : c) x = 100;
  uint32_t a[4];
  for (int i = 0; i < 4; i++) {
    // a_2i and a_2i+1 of the manual's figure.
    const int row = thread / 32 * 16 + lane / 4 + i % 2 * 8, k = lane % 4 * 2 + i / 2 * 8;
    a[i] = pack_bf16(left_element(row, k), left_element(row, k + 1));
  }
  wgmma_fence();
  wgmma_bf16_of_registers<64, b_along_depth>(c, a,
                                             matrix_descriptor(dynamic_shared() + b_start * 2, 8192, 1024));
  wgmma_commit();
  body(c, a);
}

template <bool b_along_depth>
void product_of_registers(const char* name) {
  bool right = true, early = false;
  const std::string error = error_of([&] {
    product_of_registers<b_along_depth>([&](float(&c)[32], uint32_t(&a)[4]) {
      early |= !std::isnan(c[5]) || !std::isnan(__uint_as_float(a[1]));
      wgmma_wait<0>(c);
      const int thread = static_cast<int>(threadIdx.x), lane = thread % 32;
      const int row = thread / 32 * 16 + lane / 4;
      right &= a[0] == pack_bf16(left_element(row, lane % 4 * 2), left_element(row, lane % 4 * 2 + 1));
      for (int i = 0; i < 32; i++) {
        float expected = 100;
        for (int k = 0; k < 16; k++)
          expected +=
              left_element(row + i / 2 % 2 * 8, k) * right_element(k, i / 4 * 8 + lane % 4 * 2 + i % 2);
        right &= c[i] == expected;
      }
    });
  });
  expect(name, error.empty() && right && !early, error.empty() ? "wrong or early" : error);
}

void products_of_registers() {
  product_of_registers<true>("a product of registers with lines along the depth");
  product_of_registers<false>("a product of registers with lines along the columns");
  expect_error("a factor written while its product is under way", "wrote to a factor", [] {
    product_of_registers<true>([](float(&c)[32], uint32_t(&a)[4]) {
      a[2] = 0;
      wgmma_wait<0>(c);
    });
  });
}

void products() {
  product<true, true>("a product of lines along the depth");
  product<true, false>("a product with B in lines along its columns");
  product<false, true>("a product with A in lines along its rows");
  product<false, false>("a product of lines along the sides");
  expect_error("a product nobody waits for", "before its products were waited for", [] {
    float c[64];
    start_product<true, true>(c, false);
    wgmma_commit();
  });
  expect_error("sums written while a product is under way", "under way", [] {
    float c[64];
    start_product<true, true>(c, false);
    c[3] = 0;
    wgmma_commit();
    wgmma_wait<0>(c);
  });
  expect_error("sums multiplied while a product is under way", "under way", [] {
    float c[64];
    start_product<true, true>(c, false);
    for (float& x : c) x *= 2;
    wgmma_commit();
    wgmma_wait<0>(c);
  });
  expect_error("a product without a fence after a wait", "without wgmma.fence", [] {
    float c[64] = {};
    wgmma_fence();
    wgmma_wait<0>(c);
    const uint64_t a = matrix_descriptor(dynamic_shared(), 8192, 1024);
    wgmma_bf16<128, true, true>(c, a, a, true);
  });
  expect_error("a matrix outside shared memory", "outside", [] {
    float c[64];
    wgmma_fence();
    const uint64_t a = matrix_descriptor(dynamic_shared() + 63 * 1024, 8192, 1024);
    wgmma_bf16<128, true, true>(c, a, a, false);
    wgmma_commit();
    wgmma_wait<0>(c);
  });
}

}  // namespace

int main() {
  copies();
  copies_of_several();
  barriers();
  products();
  products_of_registers();
  return failures > 0;
}
