// What the emulator must catch and compute, said apart from it: each check prints "ok NAME" or "FAIL NAME:
// why".
#include <cmath>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "../bf16.h"
#include "../ptx.h"
#include "../reduce.h"

namespace {

using namespace msta::cuda;

int failures = 0;

void expect(const char* name, bool holds, const std::string& why = "") {
  if (!holds) failures++;
  std::printf(holds ? "ok %s\n" : "FAIL %s: %s\n", name, why.c_str());
}

void run(int threads, int64_t shared, const std::function<void()>& kernel) {
  emulator::run_grid({1, 1, 1}, {static_cast<unsigned>(threads)}, shared, kernel);
}

// The error of a kernel that must fail; empty when it does not.
std::string error_of(int threads, int64_t shared, const std::function<void()>& kernel) {
  try {
    run(threads, shared, kernel);
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

void expect_error(const char* name, const char* part, const std::string& error) {
  expect(name, error.find(part) != std::string::npos, "'" + error + "' lacks '" + part + "'");
}

void indices_and_barriers() {
  std::vector<int> seen(256, -1);
  run(128, 128 * 4, [&] {
    auto* shared = reinterpret_cast<int*>(dynamic_shared());
    shared[threadIdx.x] = static_cast<int>(threadIdx.x);
    __syncthreads();
    seen[threadIdx.x] = shared[127 - threadIdx.x];
  });
  bool reversed = true;
  for (int i = 0; i < 128; i++) reversed &= seen[i] == 127 - i;
  expect("a barrier makes writes visible", reversed);

  // Without the barrier, some thread reads before the others have written.
  std::vector<float> early(128, 0);
  run(128, 128 * 4, [&] {
    auto* shared = reinterpret_cast<float*>(dynamic_shared());
    shared[threadIdx.x] = 1;
    early[threadIdx.x] = shared[127 - threadIdx.x];
  });
  bool poisoned = false;
  for (const float x : early) poisoned |= std::isnan(x);
  expect("a missing barrier shows as NaN", poisoned);
}

void sums_and_shuffles() {
  std::vector<float> sums(96);
  run(96, 0, [&] { sums[threadIdx.x] = block_sum(static_cast<float>(threadIdx.x)); });
  bool right = true;
  for (const float x : sums) right &= x == 96 * 95 / 2;
  expect("block_sum", right);

  std::vector<int> up(32), ballot(32);
  run(32, 0, [&] {
    up[threadIdx.x] = __shfl_up_sync(0xffffffffu, static_cast<int>(threadIdx.x), 3);
    ballot[threadIdx.x] = static_cast<int>(__ballot_sync(0xffffffffu, threadIdx.x == 5));
  });
  expect("shuffle up keeps the first lanes", up[0] == 0 && up[2] == 2 && up[3] == 0 && up[31] == 28);
  expect("ballot", ballot[0] == 32 && ballot[31] == 32);
}

// mma.sync m16n8k16, its operands placed element by element as the PTX manual's figures number them.
void tensor_core() {
  float a[16][16], b[16][8], expected[16][8], out[16][8];
  for (int i = 0; i < 16; i++)
    for (int k = 0; k < 16; k++) a[i][k] = static_cast<float>((i * 7 + k * 3) % 11 - 5);
  for (int k = 0; k < 16; k++)
    for (int j = 0; j < 8; j++) b[k][j] = static_cast<float>((k * 5 + j * 2) % 7 - 3);
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < 8; j++) {
      expected[i][j] = 100;
      for (int k = 0; k < 16; k++) expected[i][j] += a[i][k] * b[k][j];
    }
  run(32, 0, [&] {
    const int group = static_cast<int>(threadIdx.x) >> 2, in_group = static_cast<int>(threadIdx.x) & 3;
    uint32_t a_registers[4], b_registers[2];
    for (int i = 0; i < 8; i++) {
      // a_i: row = group for i in {0, 1, 4, 5}, else group + 8; column = in_group * 2 + (i & 1), + 8 for i >=
      // 4
      const int row = group + (i % 4 >= 2 ? 8 : 0), column = in_group * 2 + (i & 1) + (i >= 4 ? 8 : 0);
      reinterpret_cast<bf16*>(a_registers)[i] = to_bf16(a[row][column]);
    }
    for (int i = 0; i < 4; i++) {
      // b_i: row = in_group * 2 + (i & 1), + 8 for i >= 2; column = group
      reinterpret_cast<bf16*>(b_registers)[i] = to_bf16(b[in_group * 2 + (i & 1) + (i >= 2 ? 8 : 0)][group]);
    }
    float c[4] = {100, 100, 100, 100};
    mma_bf16(c, a_registers, b_registers[0], b_registers[1]);
    for (int i = 0; i < 4; i++) out[group + (i >= 2 ? 8 : 0)][in_group * 2 + (i & 1)] = c[i];
  });
  bool right = true;
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < 8; j++) right &= out[i][j] == expected[i][j];
  expect("mma_bf16 is a matrix product", right);
}

void matrix_loads() {
  std::vector<uint32_t> plain(32 * 4), turned(32 * 4);
  run(32, 16 * 16 * 2, [&] {
    auto* tile = reinterpret_cast<uint16_t*>(dynamic_shared());  // [16][16], element = 16 * row + column
    for (int i = 0; i < 8; i++) tile[threadIdx.x * 8 + i] = static_cast<uint16_t>(threadIdx.x * 8 + i);
    __syncthreads();
    const int lane = static_cast<int>(threadIdx.x);
    const uint16_t* row = tile + (lane % 16) * 16 + lane / 16 * 8;
    uint32_t r[4];
    load_matrices(r, row);
    for (int i = 0; i < 4; i++) plain[lane * 4 + i] = r[i];
    load_matrices_transposed(r, row);
    for (int i = 0; i < 4; i++) turned[lane * 4 + i] = r[i];
  });
  // Lane 9 (row 2, columns 2 and 3 of each matrix); matrix 1 lies 8 rows down, matrix 2 eight columns right.
  const auto pair = [](int low, int high) { return static_cast<uint32_t>(low | high << 16); };
  expect("ldmatrix", plain[9 * 4] == pair(2 * 16 + 2, 2 * 16 + 3) &&
                         plain[9 * 4 + 1] == pair(10 * 16 + 2, 10 * 16 + 3) &&
                         plain[9 * 4 + 2] == pair(2 * 16 + 10, 2 * 16 + 11));
  expect("ldmatrix transposed", turned[9 * 4] == pair(2 * 16 + 2, 3 * 16 + 2) &&
                                    turned[9 * 4 + 1] == pair(10 * 16 + 2, 11 * 16 + 2));
}

// Many, since with a seed a copy may also happen at once.
void asynchronous_copies() {
  constexpr int copies = 32;
  alignas(16) static const float source[4] = {1, 2, 3, 4};
  float before[copies], after[copies], zeroed = 1;
  run(32, copies * 16 + 16, [&] {
    auto* shared = reinterpret_cast<float*>(dynamic_shared());
    if (threadIdx.x == 0) {
      for (int i = 0; i < copies; i++) copy_async_16(shared + 4 * i, source, true);
      copy_async_16(shared + 4 * copies, source, false);
      copy_async_commit();
      for (int i = 0; i < copies; i++) before[i] = shared[4 * i + 1];
      copy_async_wait<0>();
      for (int i = 0; i < copies; i++) after[i] = shared[4 * i + 1];
      zeroed = shared[4 * copies + 1];
    }
  });
  bool late = false, arrived = true;
  for (int i = 0; i < copies; i++) late |= std::isnan(before[i]), arrived &= after[i] == 2;
  expect("a copy not waited for shows as NaN", late);
  expect("a copy waited for has arrived", arrived && zeroed == 0);
}

void mistakes() {
  expect_error("a barrier that not all threads reach", "at barrier 0", error_of(64, 0, [] {
                 if (threadIdx.x < 32) __syncthreads();
               }));
  expect_error("a warp operation that not all lanes reach", "operation of threads", error_of(32, 0, [] {
                 if (threadIdx.x < 31) __shfl_xor_sync(0xffffffffu, 1, 1);
               }));
  expect_error("lanes that meet in different operations", "different operations", error_of(32, 0, [] {
                 if (threadIdx.x < 16)
                   __shfl_xor_sync(0xffffffffu, 1, 1);
                 else
                   __syncwarp();
               }));
  expect_error("more shared memory than there is", "bytes of shared memory", error_of(32, 300 * 1024, [] {}));
  expect_error("a block of odd size", "a block of 33 threads", error_of(33, 0, [] {}));
  expect_error("ldmatrix outside shared memory", "outside", error_of(32, 64, [] {
                 alignas(16) uint16_t row[8] = {};
                 uint32_t r[4];
                 load_matrices(r, row);
               }));
  expect_error("ldmatrix at an odd address", "aligned", error_of(32, 4096, [] {
                 uint32_t r[4];
                 load_matrices(r, dynamic_shared() + 8);
               }));
  expect_error("an error inside a kernel", "told you so", error_of(64, 0, [] {
                 if (threadIdx.x == 40) throw std::runtime_error("told you so");
               }));
}

}  // namespace

int main() {
  indices_and_barriers();
  sums_and_shuffles();
  tensor_core();
  matrix_loads();
  asynchronous_copies();
  mistakes();
  return failures > 0;
}
