#pragma once
#include "gpu.h"

// Instructions of sm_90a: the copy engine (TMA), barriers in shared memory that count its bytes, and matrix
// products by whole warpgroups. emulator/hopper.h has the same on the host. Other architectures see none of
// it: code that uses it stands inside #ifdef MSTA_HOPPER.
#ifdef MSTA_EMULATED
#include "emulator/hopper.h"
#else
#include <cuda.h>

#include "ptx.h"

#ifdef __CUDA_ARCH_FEAT_SM90_ALL
#define MSTA_HOPPER
#endif

namespace msta::cuda {

using TensorMap = CUtensorMap;

#ifdef MSTA_HOPPER

// One lane of the warp, the same for all that ask. All 32 must.
__device__ __forceinline__ bool elect_one() {
  uint32_t elected;
  asm volatile("{ .reg .pred p; elect.sync _|p, 0xffffffff; selp.u32 %0, 1, 0, p; }" : "=r"(elected));
  return elected != 0;
}

// The registers of each thread from here on (a multiple of 8), for all warps of a warpgroup together.
template <int count>
__device__ __forceinline__ void release_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(count));
}
template <int count>
__device__ __forceinline__ void claim_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(count));
}

// A barrier of 8 bytes in shared memory. Its phases have parity 0, 1, 0, ...; one ends when `count` threads
// have arrived and all bytes expected in it have come.
__device__ __forceinline__ void mbarrier_init(uint64_t* barrier, int count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(count)
               : "memory");
}
// Shows the copy engine the barriers that this thread has initialized.
__device__ __forceinline__ void mbarrier_init_fence() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}
__device__ __forceinline__ void mbarrier_arrive(uint64_t* barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier)) : "memory");
}
__device__ __forceinline__ void mbarrier_arrive_and_expect(uint64_t* barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)),
               "r"(bytes)
               : "memory");
}
// Waits until the phase of this parity has ended. Of a new barrier, the phase before the first has parity 1.
__device__ __forceinline__ void mbarrier_wait(uint64_t* barrier, uint32_t parity) {
  asm volatile(
      "{\n.reg .pred done;\n"
      "again:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
      "@!done bra again;\n}" ::"r"(shared_address(barrier)),
      "r"(parity)
      : "memory");
}

// Starts copying the map's box at (x, y) to shared memory; what lies outside the matrix becomes 0. The
// barrier gets all bytes of the box.
__device__ __forceinline__ void copy_box_async(void* shared, const TensorMap& map, int x, int y,
                                               uint64_t* barrier) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3}], "
      "[%4];" ::"r"(shared_address(shared)),
      "l"(&map), "r"(x), "r"(y), "r"(shared_address(barrier))
      : "memory");
}
// The same of a map of several matrices: from matrix z.
__device__ __forceinline__ void copy_box_async(void* shared, const TensorMap& map, int x, int y, int z,
                                               uint64_t* barrier) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3, %4}], "
      "[%5];" ::"r"(shared_address(shared)),
      "l"(&map), "r"(x), "r"(y), "r"(z), "r"(shared_address(barrier))
      : "memory");
}
__device__ __forceinline__ void prefetch_tensor_map(const TensorMap& map) {
  asm volatile("prefetch.tensormap [%0];" ::"l"(&map) : "memory");
}

// Where wgmma finds a matrix of 16-bit elements in shared memory, in lines of 128 bytes swizzled as the copy
// engine does it, each block of 8 lines at a multiple of 1024 bytes. Lines along the depth: `stride` bytes
// lie between blocks of 8 sides, and `leading` does not count. Lines along the sides: `stride` bytes lie
// between blocks of 8 of the depth, `leading` between blocks of 64 sides. A step along the depth adds its
// bytes, divided by 16.
__device__ __forceinline__ uint64_t matrix_descriptor(const void* shared, int leading, int stride) {
  constexpr uint64_t swizzle_128 = uint64_t{1} << 62;
  return uint64_t{(shared_address(shared) & 0x3ffff) >> 4} | static_cast<uint64_t>(leading >> 4) << 16 |
         static_cast<uint64_t>(stride >> 4) << 32 | swizzle_128;
}

// Before the first wgmma after anything else has touched its registers.
__device__ __forceinline__ void wgmma_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
// Closes the group of products since the last one.
__device__ __forceinline__ void wgmma_commit() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
// Values that products take from registers: before a fence, they are computed before it; behind a wait, the
// registers are theirs until then.
template <int count>
__device__ __forceinline__ void pin_registers(float (&c)[count]) {
#pragma unroll
  for (int i = 0; i < count; i++) asm volatile("" : "+f"(c[i])::"memory");
}
template <int count>
__device__ __forceinline__ void pin_registers(uint32_t (&a)[count]) {
#pragma unroll
  for (int i = 0; i < count; i++) asm volatile("" : "+r"(a[i])::"memory");
}
// Waits until at most `pending` groups are under way. c are the sums that are read afterwards.
template <int pending, int count>
__device__ __forceinline__ void wgmma_wait(float (&c)[count]) {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(pending) : "memory");
  pin_registers(c);  // no use of c moves before it
}

#define MSTA_4(c, i) "+f"(c[i]), "+f"(c[i + 1]), "+f"(c[i + 2]), "+f"(c[i + 3])
#define MSTA_16(c, i) MSTA_4(c, i), MSTA_4(c, i + 4), MSTA_4(c, i + 8), MSTA_4(c, i + 12)
#define MSTA_64(c, i) MSTA_16(c, i), MSTA_16(c, i + 16), MSTA_16(c, i + 32), MSTA_16(c, i + 48)

// c [64, columns] (+)= a [64, 16] * b [16, columns], bfloat16 in shared memory, float; by a warpgroup, whose
// thread t has c[4 j + 2 h + i] at row 16 (t / 32) + t % 32 / 4 + 8 h, column 8 j + 2 (t % 4) + i. A matrix
// not `along_depth` lies in lines along the sides. Registers and memory belong to it until it is waited for.
template <int columns, bool a_along_depth, bool b_along_depth>
__device__ __forceinline__ void wgmma_bf16(float (&c)[columns / 2], uint64_t a, uint64_t b, bool add) {
  static_assert(columns == 128 || columns == 256);
  if constexpr (columns == 128)
    asm volatile(
        "{ .reg .pred add; setp.ne.b32 add, %66, 0;\n"
        "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
        "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
        "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
        "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}, "
        "%64, %65, add, 1, 1, %67, %68; }"
        : MSTA_64(c, 0)
        : "l"(a), "l"(b), "r"(static_cast<int>(add)), "n"(a_along_depth ? 0 : 1), "n"(b_along_depth ? 0 : 1));
  else
    asm volatile(
        "{ .reg .pred add; setp.ne.b32 add, %130, 0;\n"
        "wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 {"
        "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
        "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
        "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, "
        "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "
        "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, "
        "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, "
        "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}, "
        "%128, %129, add, 1, 1, %131, %132; }"
        : MSTA_64(c, 0), MSTA_64(c, 64)
        : "l"(a), "l"(b), "r"(static_cast<int>(add)), "n"(a_along_depth ? 0 : 1), "n"(b_along_depth ? 0 : 1));
}

// c [64, columns] += a [64, 16] * b [16, columns], a in registers: thread t has, with row = 16 (t / 32) +
// t % 32 / 4 and column = 2 (t % 4), two neighbours each at (row, column), (row + 8, column), (row, column +
// 8), (row + 8, column + 8). The registers of a, too, belong to it until it is waited for.
template <int columns, bool b_along_depth>
__device__ __forceinline__ void wgmma_bf16_of_registers(float (&c)[columns / 2], uint32_t (&a)[4],
                                                        uint64_t b) {
  static_assert(columns == 64);
  asm volatile(
      "{ .reg .pred add; setp.ne.b32 add, 1, 0;\n"
      "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, "
      "{%32, %33, %34, %35}, %36, add, 1, 1, %37; }"
      : MSTA_16(c, 0), MSTA_16(c, 16)
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "n"(b_along_depth ? 0 : 1));
}

#undef MSTA_4
#undef MSTA_16
#undef MSTA_64

#endif
}  // namespace msta::cuda
#endif
