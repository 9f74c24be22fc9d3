#pragma once
#include "gpu.h"

// The instructions of cuda/ptx.h on the host, with the layouts of fragments that the PTX manual documents.
namespace msta::cuda {

namespace emulator {

inline void check_shared(const void* pointer, int bytes) {
  const auto* at = static_cast<const unsigned char*>(pointer);
  const auto* start = dynamic_shared();
  if (at < start || at + bytes > start + dynamic_shared_size())
    fail("an address outside the block's dynamic shared memory");
  if (reinterpret_cast<uintptr_t>(pointer) % 16)
    fail("an address in shared memory that is not aligned to 16");
}

struct MatrixRows {
  uint32_t* fragment;
  const uint16_t* row;
};

template <bool transposed>
void spread_matrices(void* const* all) {
  const auto element = [&](int matrix, int row, int column) -> uint32_t {
    return static_cast<const MatrixRows*>(all[matrix * 8 + row])->row[column];
  };
  for (int lane = 0; lane < 32; lane++)
    for (int i = 0; i < 4; i++) {
      const int major = lane / 4, minor = lane % 4 * 2;
      static_cast<const MatrixRows*>(all[lane])->fragment[i] =
          transposed ? element(i, minor, major) | element(i, minor + 1, major) << 16
                     : element(i, major, minor) | element(i, major, minor + 1) << 16;
    }
}

struct MmaFragments {
  float* c;
  const uint32_t* a;
  uint32_t b[2];
};

inline float half_of(uint32_t packed, int which) {
  const uint32_t bits = which ? packed & 0xffff0000u : packed << 16;
  return __uint_as_float(bits);
}

inline void multiply_fragments(void* const* all) {
  float a[16][16], b[16][8];
  for (int lane = 0; lane < 32; lane++) {
    const auto& one = *static_cast<const MmaFragments*>(all[lane]);
    const int g = lane / 4, t = lane % 4 * 2;
    for (int i = 0; i < 4; i++)
      for (int j = 0; j < 2; j++) a[g + i % 2 * 8][t + i / 2 * 8 + j] = half_of(one.a[i], j);
    for (int i = 0; i < 2; i++)
      for (int j = 0; j < 2; j++) b[t + i * 8 + j][g] = half_of(one.b[i], j);
  }
  for (int lane = 0; lane < 32; lane++) {
    float* c = static_cast<const MmaFragments*>(all[lane])->c;
    for (int i = 0; i < 4; i++) {
      const int row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
      float total = c[i];
      for (int k = 0; k < 16; k++) total += a[row][k] * b[k][column];
      c[i] = total;
    }
  }
}

}  // namespace emulator

inline void copy_async_16(void* shared, const void* global, bool valid) {
  emulator::check_shared(shared, 16);
  if (valid && reinterpret_cast<uintptr_t>(global) % 16)
    emulator::fail("cp.async from an address not aligned to 16");
  emulator::copy_later(shared, global, 16, !valid);
}
inline void copy_async_commit() { emulator::commit_copies(); }
template <int pending>
void copy_async_wait() {
  emulator::wait_for_copies(pending);
}

inline void load_matrices(uint32_t (&r)[4], const void* row) {
  emulator::check_shared(row, 16);
  emulator::MatrixRows mine{r, static_cast<const uint16_t*>(row)};
  emulator::meet(32, emulator::spread_matrices<false>, &mine);
}
inline void load_matrices_transposed(uint32_t (&r)[4], const void* row) {
  emulator::check_shared(row, 16);
  emulator::MatrixRows mine{r, static_cast<const uint16_t*>(row)};
  emulator::meet(32, emulator::spread_matrices<true>, &mine);
}

inline void mma_bf16(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  emulator::MmaFragments mine{c, a, {b0, b1}};
  emulator::meet(32, emulator::multiply_fragments, &mine);
}

inline float exp2_fast(float x) {
  const float y = std::exp2(x);
  return y < 0x1p-126f ? 0.f : y;
}

}  // namespace msta::cuda
