#pragma once
#include "gpu.h"
#include "ptx.h"

// The instructions of cuda/hopper.h on the host. What the copy engine and the tensor cores do beside the
// threads happens late: a copy lands when it is waited for or, by the seed, while some thread waits at any
// mbarrier; products are computed when they are waited for, and their registers are not-a-numbers until then.
#define MSTA_HOPPER

namespace msta::cuda {

using TensorMap = CUtensorMap;

namespace emulator {

// An address in shared memory as instructions have it. The system keeps the first 1024 bytes of a block's.
uint32_t address_in_shared(const void* pointer);
bool elect();

void init_barrier(uint64_t* barrier, int count);
void show_barriers();
void arrive(uint64_t* barrier, int bytes);
void wait(uint64_t* barrier, uint32_t parity);
void copy_box(void* shared, const TensorMap& map, uint32_t rank, int x, int y, int z, uint64_t* barrier);

// One product by a warpgroup, as each of its threads brings it: a in shared memory, or in registers.
struct Wgmma {
  float* c;
  uint32_t* a_registers;
  int columns;
  uint64_t a, b;
  bool add, a_along_depth, b_along_depth;
};
void wgmma_fence();
void wgmma(const Wgmma& mine);
void wgmma_commit();
void wgmma_wait(int pending);

}  // namespace emulator

inline bool elect_one() { return emulator::elect(); }
template <int count>
void release_registers() {}
template <int count>
void claim_registers() {}

inline void mbarrier_init(uint64_t* barrier, int count) { emulator::init_barrier(barrier, count); }
inline void mbarrier_init_fence() { emulator::show_barriers(); }
inline void mbarrier_arrive(uint64_t* barrier) { emulator::arrive(barrier, 0); }
inline void mbarrier_arrive_and_expect(uint64_t* barrier, int bytes) { emulator::arrive(barrier, bytes); }
inline void mbarrier_wait(uint64_t* barrier, uint32_t parity) { emulator::wait(barrier, parity); }

inline void copy_box_async(void* shared, const TensorMap& map, int x, int y, uint64_t* barrier) {
  emulator::copy_box(shared, map, 2, x, y, 0, barrier);
}
inline void copy_box_async(void* shared, const TensorMap& map, int x, int y, int z, uint64_t* barrier) {
  emulator::copy_box(shared, map, 3, x, y, z, barrier);
}
inline void prefetch_tensor_map(const TensorMap&) {}

inline uint64_t matrix_descriptor(const void* shared, int leading, int stride) {
  constexpr uint64_t swizzle_128 = uint64_t{1} << 62;
  return uint64_t{(emulator::address_in_shared(shared) & 0x3ffff) >> 4} |
         static_cast<uint64_t>(leading >> 4) << 16 | static_cast<uint64_t>(stride >> 4) << 32 | swizzle_128;
}

inline void wgmma_fence() { emulator::wgmma_fence(); }
inline void wgmma_commit() { emulator::wgmma_commit(); }
template <int count>
void pin_registers(float (&)[count]) {}
template <int count>
void pin_registers(uint32_t (&)[count]) {}
template <int pending, int count>
void wgmma_wait(float (&)[count]) {
  emulator::wgmma_wait(pending);
}
template <int columns, bool a_along_depth, bool b_along_depth>
void wgmma_bf16(float (&c)[columns / 2], uint64_t a, uint64_t b, bool add) {
  emulator::wgmma({c, nullptr, columns, a, b, add, a_along_depth, b_along_depth});
}
template <int columns, bool b_along_depth>
void wgmma_bf16_of_registers(float (&c)[columns / 2], uint32_t (&a)[4], uint64_t b) {
  emulator::wgmma({c, a, columns, 0, b, true, true, b_along_depth});
}

}  // namespace msta::cuda
