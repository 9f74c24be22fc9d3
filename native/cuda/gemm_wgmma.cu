#include "gemm_wgmma.h"

#include <algorithm>

// One warp of a block has the copy engine bring tiles of both factors to a ring of stages in shared memory;
// two warpgroups multiply them, 64 rows each. Blocks stay and take tile after tile, so that the first stages
// of the next tile come while the last one is being stored.
namespace msta::cuda {

namespace {

constexpr int tile_rows = 128, group_rows = 64, warpgroup = 128, consumers = tile_rows / group_rows;
constexpr int threads = warpgroup * (1 + consumers);
constexpr int line_bytes = 128;  // of a stage: 64 elements, swizzled

template <int columns_>
struct Ring {
  static constexpr int columns = columns_;
  static constexpr int a_bytes = tile_rows * line_bytes, b_bytes = columns * line_bytes;
  static constexpr int stage_bytes = a_bytes + b_bytes;
  static constexpr int stages = columns == 256 ? 4 : 6;
};

// A warp's sums on their way from the registers to memory: 16 rows of 32.
constexpr int sums_columns = 32, sums_pitch = sums_columns + 8;
constexpr int sums_floats = 16 * sums_pitch, sums_bytes = consumers * 4 * sums_floats * 4;

template <class R>
constexpr int shared_bytes = R::stages*(R::stage_bytes + 2 * 8) + sums_bytes;

struct WgmmaProduct {
  TensorMap a[2], b[2];  // of the terms
  int a_terms, b_terms, depth;
  Target target;
};

#ifdef MSTA_HOPPER

constexpr int block_bytes = 8 * line_bytes;  // what the swizzle repeats after
constexpr int box_bytes = 64 * line_bytes;

// What a block's threads share.
template <class R>
struct Shared {
  unsigned char* ring = dynamic_shared();
  float* sums = reinterpret_cast<float*>(ring + R::stages * R::stage_bytes);
  uint64_t* full = reinterpret_cast<uint64_t*>(reinterpret_cast<unsigned char*>(sums) + sums_bytes);
  uint64_t* empty = full + R::stages;
};

// A stage of the ring, and the parity of the phase in which it is filled.
template <class R>
struct Slot {
  int stage = 0;
  uint32_t parity = 0;
  __device__ __forceinline__ void advance() {
    if (++stage == R::stages) stage = 0, parity ^= 1;
  }
};

// The tiles of C and, of each, the steps that this block's split has. Tiles are numbered in groups of a few
// rows of tiles, so that blocks which run at the same time read the same parts of A and B.
template <class R>
struct Work {
  int down, across, first_step, end_step;

  __device__ __forceinline__ explicit Work(const WgmmaProduct& p)
      : down(static_cast<int>((p.target.rows + tile_rows - 1) / tile_rows)),
        across(static_cast<int>((p.target.columns + R::columns - 1) / R::columns)) {
    const int64_t slabs = (p.depth + wgmma_slab - 1) / wgmma_slab;
    const Range steps = range_of_split(slabs * p.a_terms * p.b_terms, p.target.splits);
    first_step = static_cast<int>(steps.begin), end_step = static_cast<int>(steps.end);
  }
  __device__ __forceinline__ int tiles() const { return down * across; }
  __device__ __forceinline__ TilePlace place(int tile) const {
    constexpr int group = 8;
    const int first = tile / (group * across) * group, within = tile % (group * across);
    const int height = down - first < group ? down - first : group;
    return {int64_t{first + within % height} * tile_rows, int64_t{within / height} * R::columns};
  }
};

// One side's part of a step: lines along the depth in one box, or 64 sides a box.
template <int sides, bool along_depth>
__device__ __forceinline__ void copy_tile(unsigned char* shared, const TensorMap& map, int side, int depth,
                                          uint64_t* barrier) {
  if constexpr (along_depth) {
    copy_box_async(shared, map, depth, side, barrier);
  } else {
#pragma unroll
    for (int i = 0; i < sides / 64; i++)
      copy_box_async(shared + i * box_bytes, map, side + 64 * i, depth, barrier);
  }
}

template <class R, bool a_along_depth, bool b_along_depth>
__device__ __forceinline__ void produce(const WgmmaProduct& p, const Shared<R>& shared) {
  const Work<R> work(p);
  const int terms = p.a_terms * p.b_terms;
  for (int i = 0; i < p.a_terms; i++) prefetch_tensor_map(p.a[i]);
  for (int i = 0; i < p.b_terms; i++) prefetch_tensor_map(p.b[i]);
  Slot<R> slot;
  for (int tile = static_cast<int>(blockIdx.x); tile < work.tiles(); tile += static_cast<int>(gridDim.x)) {
    const TilePlace place = work.place(tile);
    const int row = static_cast<int>(place.row), column = static_cast<int>(place.column);
#pragma unroll 1
    for (int step = work.first_step; step < work.end_step; step++, slot.advance()) {
      const int pair = step % terms, depth = step / terms * wgmma_slab;
      unsigned char* stage = shared.ring + slot.stage * R::stage_bytes;
      uint64_t* full = shared.full + slot.stage;
      mbarrier_wait(shared.empty + slot.stage, slot.parity ^ 1);
      mbarrier_arrive_and_expect(full, R::stage_bytes);
      copy_tile<tile_rows, a_along_depth>(stage, p.a[p.a_terms > 1 ? pair : 0], row, depth, full);
      copy_tile<R::columns, b_along_depth>(stage + R::a_bytes, p.b[p.b_terms > 1 ? pair : 0], column, depth,
                                           full);
    }
  }
}

// Puts a warp's sums of 32 columns into its piece of shared memory. Odd rows have the quads of each eight
// exchanged: lanes that read eight columns each then meet in no bank.
template <int count>
__device__ __forceinline__ void put_sums(float* shared, const float (&c)[count], int first) {
  const int lane = static_cast<int>(threadIdx.x) % 32, row = lane / 4, pair = lane % 4;
  float* target = shared + row * sums_pitch + (pair / 2 ^ row % 2) * 4 + pair % 2 * 2;
#pragma unroll
  for (int j = 0; j < sums_columns / 8; j++)
#pragma unroll
    for (int half = 0; half < 2; half++)
      *reinterpret_cast<float2*>(target + half * 8 * sums_pitch + j * 8) =
          make_float2(c[first + 4 * j + 2 * half], c[first + 4 * j + 2 * half + 1]);
}

__device__ __forceinline__ void get_sums(const float* shared, int row, int eight, float (&x)[8]) {
  const float* from = shared + row * sums_pitch + eight * 8;
#pragma unroll
  for (int quad = 0; quad < 2; quad++) {
    const float4 v = *reinterpret_cast<const float4*>(from + (quad ^ row % 2) * 4);
    x[quad * 4] = v.x, x[quad * 4 + 1] = v.y, x[quad * 4 + 2] = v.z, x[quad * 4 + 3] = v.w;
  }
}

// Stores a warp's 16 rows of sums, or zeros, whose first is at (row, column) of C, in lines of whole vectors.
template <int columns>
__device__ __forceinline__ void store_sums(const Target& target, const float (&c)[columns / 2], bool zeros,
                                           float* shared, int64_t row, int64_t column) {
  const int lane = static_cast<int>(threadIdx.x) % 32, eight = lane % 4;
#pragma unroll 1
  for (int chunk = 0; chunk < columns / sums_columns; chunk++) {
    __syncwarp();  // all lanes have read what was there
#pragma unroll
    for (int i = 0; i < columns / sums_columns; i++)  // registers have no run-time numbers
      if (i == chunk && !zeros) put_sums(shared, c, i * sums_columns / 2);
    __syncwarp();
    const int64_t first = column + chunk * sums_columns + eight * 8;
    float bias[8];
    load_bias(target, first, bias);
#pragma unroll 1
    for (int r = lane / 4; r < 16; r += 8) {
      float x[8] = {};
      if (!zeros) get_sums(shared, r, eight, x);
      if (target.splits > 1)
        keep_partial(target, row + r, first, x);
      else
        finish(target, row + r, first, bias, x);
    }
  }
}

// The sums of one warpgroup, `group`, over at least one step. A stage is given back when the products of the
// next one have been started.
template <class R, bool a_along_depth, bool b_along_depth>
__device__ __forceinline__ void add_steps(float (&c)[R::columns / 2], const Shared<R>& shared, Slot<R>& slot,
                                          int steps, int group) {
  const bool speaks = threadIdx.x % 32 == 0;  // for its warp
  int previous = 0;
#pragma unroll 1
  for (int step = 0; step < steps; step++, slot.advance()) {
    const unsigned char* stage = shared.ring + slot.stage * R::stage_bytes;
    mbarrier_wait(shared.full + slot.stage, slot.parity);
    const uint64_t a = matrix_descriptor(stage + group * box_bytes, box_bytes, block_bytes);
    const uint64_t b = matrix_descriptor(stage + R::a_bytes, box_bytes, block_bytes);
    wgmma_fence();
#pragma unroll
    for (int k = 0; k < wgmma_slab / 16; k++) {
      constexpr int along = 16 * 2 / 16, across = 16 * line_bytes / 16;
      wgmma_bf16<R::columns, a_along_depth, b_along_depth>(c, a + k * (a_along_depth ? along : across),
                                                           b + k * (b_along_depth ? along : across),
                                                           step > 0 || k > 0);
    }
    wgmma_commit();
    wgmma_wait<1>(c);
    if (step > 0 && speaks) mbarrier_arrive(shared.empty + previous);
    previous = slot.stage;
  }
  wgmma_wait<0>(c);
  if (speaks) mbarrier_arrive(shared.empty + previous);
}

template <class R, bool a_along_depth, bool b_along_depth>
__device__ __forceinline__ void consume(const WgmmaProduct& p, const Shared<R>& shared) {
  const Work<R> work(p);
  const int thread = static_cast<int>(threadIdx.x) - warpgroup, warp = thread / 32;
  const int steps = work.end_step - work.first_step;
  Slot<R> slot;
  for (int tile = static_cast<int>(blockIdx.x); tile < work.tiles(); tile += static_cast<int>(gridDim.x)) {
    float c[R::columns / 2];
    if (steps > 0) add_steps<R, a_along_depth, b_along_depth>(c, shared, slot, steps, thread / warpgroup);
    const TilePlace place = work.place(tile);
    store_sums<R::columns>(p.target, c, steps == 0, shared.sums + warp * sums_floats, place.row + warp * 16,
                           place.column);
  }
}

#endif

template <class R, bool a_along_depth, bool b_along_depth>
__global__ void __launch_bounds__(threads, 1)
    multiply_by_warpgroups([[maybe_unused]] const __grid_constant__ WgmmaProduct p) {
#ifdef MSTA_HOPPER
  const Shared<R> shared;
  if (threadIdx.x == 0) {
    for (int i = 0; i < R::stages; i++) {
      mbarrier_init(shared.full + i, 1);
      mbarrier_init(shared.empty + i, consumers * warpgroup / 32);
    }
    mbarrier_init_fence();
  }
  __syncthreads();
  // 168 registers a thread at the start are 40 and 232.
  if (threadIdx.x < warpgroup) {
    release_registers<40>();
    if (threadIdx.x < 32 && elect_one()) produce<R, a_along_depth, b_along_depth>(p, shared);
  } else {
    claim_registers<232>();
    consume<R, a_along_depth, b_along_depth>(p, shared);
  }
#endif
}

TensorMap map_of(const Terms& terms, int term, int sides) {
  const int64_t lines = terms.along_depth ? terms.sides : terms.depth;
  const int64_t length = terms.along_depth ? terms.depth : terms.sides;
  return tensor_map({terms.data[term], length, lines, terms.line_stride}, terms.along_depth ? sides : 64);
}

template <class R>
void launch_tiles(Gpu& gpu, const TileShape& shape, const Terms& a, const Terms& b, const Target& target) {
  WgmmaProduct p{{}, {}, a.count, b.count, static_cast<int>(a.depth), target};
  for (int i = 0; i < a.count; i++) p.a[i] = map_of(a, i, tile_rows);
  for (int i = 0; i < b.count; i++) p.b[i] = map_of(b, i, R::columns);
  dim3 grid = grid_of_tiles(target, shape);
  grid.x = std::min(grid.x, static_cast<unsigned>(gpu.multiprocessors));
  const auto run = [&](auto kernel) { launch(gpu, kernel, grid, threads, shared_bytes<R>, p); };
  if (a.along_depth && b.along_depth)
    run(multiply_by_warpgroups<R, true, true>);
  else if (a.along_depth)
    run(multiply_by_warpgroups<R, true, false>);
  else if (b.along_depth)
    run(multiply_by_warpgroups<R, false, true>);
  else
    run(multiply_by_warpgroups<R, false, false>);
}

}  // namespace

// Terms suit the copy engine as they are; it counts places in a matrix in 32 bits.
bool can_use_wgmma(const Gpu& gpu, int64_t rows, int64_t depth, int64_t columns) {
  constexpr int64_t most = INT32_MAX - 256;
  return gpu.architecture == 90 && rows < most && depth > 0 && depth < most && columns < most;
}

void multiply_wgmma(Gpu& gpu, int shape, const Terms& a, const Terms& b, const Target& target) {
  if (shape == 0)
    launch_tiles<Ring<256>>(gpu, wgmma_shapes[0], a, b, target);
  else
    launch_tiles<Ring<128>>(gpu, wgmma_shapes[1], a, b, target);
}

}  // namespace msta::cuda
