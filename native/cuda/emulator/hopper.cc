#include "hopper.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <vector>

namespace msta::cuda::emulator {

namespace {

constexpr uint32_t first_address = 1024;

unsigned char* at_address(uint32_t address) { return dynamic_shared() + (address - first_address); }
bool is_in_shared(uint32_t address, int64_t bytes) {
  return address >= first_address && address + bytes <= first_address + dynamic_shared_size();
}

// Pieces of 16 bytes change places within 128 bytes by the number of the line, which the address tells.
uint32_t swizzled(uint32_t address) { return address ^ (address >> 3 & 0x70); }

// What an mbarrier's 8 bytes hold. Memory that was never initialized is all ones.
struct Barrier {
  uint64_t parity : 1, expected : 20, pending : 20;
  int64_t bytes : 21;
  uint64_t state : 2;
  enum { initialized = 1, shown = 2 };  // to the copy engine
};
static_assert(sizeof(Barrier) == sizeof(uint64_t));

Barrier& barrier_at(uint64_t* barrier) {
  const uint32_t address = address_in_shared(barrier);
  if (address % 8 || !is_in_shared(address, 8)) fail("an mbarrier's address");
  return *reinterpret_cast<Barrier*>(barrier);
}
Barrier& live_barrier(uint64_t* barrier) {
  Barrier& one = barrier_at(barrier);
  if (one.state != Barrier::initialized && one.state != Barrier::shown)
    fail("an mbarrier that was not initialized");
  return one;
}
void end_phase_if_complete(Barrier& barrier) {
  if (barrier.pending > 0 || barrier.bytes != 0) return;
  barrier.parity ^= 1;
  barrier.pending = barrier.expected;
}

// How the stand-in for the driver writes a map: a bfloat16 matrix (rank 2) or several, `plane` bytes apart.
struct Map {
  const unsigned char* data;
  uint64_t width, height, count, pitch, plane;
  uint32_t rank, box_width, box_height;
};
static_assert(sizeof(Map) <= sizeof(CUtensorMap));

struct Landing {
  Map map;
  unsigned char* target;
  int x, y, z;
  uint64_t* barrier;
};

void land(const Landing& copy) {
  const Map& map = copy.map;
  const uint32_t start = address_in_shared(copy.target);
  const bool some = copy.z >= 0 && copy.z < static_cast<int64_t>(map.count);
  for (uint32_t j = 0; j < map.box_height; j++)
    for (uint32_t i = 0; i < map.box_width; i++) {
      const int64_t x = int64_t{copy.x} + i, y = int64_t{copy.y} + j;
      const bool inside = some && x >= 0 && y >= 0 && x < static_cast<int64_t>(map.width) &&
                          y < static_cast<int64_t>(map.height);
      uint16_t element = 0;
      if (inside) {
        const uint64_t line =
            static_cast<uint64_t>(copy.z) * map.plane + static_cast<uint64_t>(y) * map.pitch;
        std::memcpy(&element, map.data + line + x * 2, 2);
      }
      std::memcpy(at_address(swizzled(start + (j * map.box_width + i) * 2)), &element, 2);
    }
  Barrier& barrier = live_barrier(copy.barrier);
  barrier.bytes -= map.box_width * map.box_height * 2;
  end_phase_if_complete(barrier);
}

// The sums of products under way: kept here, while the threads' registers are poisoned.
struct Sums {
  float* c[128];
  int columns, products = 0;
  std::vector<float> of;  // [64, columns]

  // Calls body(a thread's register, its element of the matrix).
  template <class Body>
  void for_each(Body body) {
    for (int thread = 0; thread < 128; thread++)
      for (int i = 0; i < columns / 2; i++) {
        const int row = thread / 32 * 16 + thread % 32 / 4 + i / 2 % 2 * 8;
        const int column = i / 4 * 8 + thread % 4 * 2 + i % 2;
        body(c[thread][i], of[static_cast<size_t>(row * columns + column)]);
      }
  }
};

// The left factor of products under way that take it from registers.
struct Left {
  uint32_t* a[128];
  int products = 0;
  uint16_t of[64][16];

  // Calls body(a thread's register, its two elements of the matrix).
  template <class Body>
  void for_each(Body body) {
    for (int thread = 0; thread < 128; thread++)
      for (int i = 0; i < 4; i++) {
        const int row = thread / 32 * 16 + thread % 32 / 4 + i % 2 * 8;
        body(a[thread][i], of[row] + thread % 4 * 2 + i / 2 * 8);
      }
  }
};

constexpr uint32_t poison = 0x7fa00001;  // a signaling not-a-number: any arithmetic changes its bits

struct Warpgroup {
  std::deque<Sums> sums;
  std::deque<Left> lefts;
  std::vector<Wgmma> open;                // not committed
  std::deque<std::vector<Wgmma>> groups;  // committed, oldest first
  bool fenced = false;

  Sums* find(const float* c) {
    for (Sums& one : sums)
      if (one.c[0] == c) return &one;
    return nullptr;
  }
  Left* find_left(const uint32_t* a) {
    for (Left& one : lefts)
      if (one.a[0] == a) return &one;
    return nullptr;
  }
};

// What is under way in the block at hand.
struct Engines : Extension {
  std::vector<Landing> copies;
  std::vector<std::pair<int, Barrier*>> hidden;  // initialized by a thread and not yet shown
  Warpgroup warpgroups[8];

  void finish() override {
    if (!copies.empty()) fail("the block ended before its copies landed");
    for (const Warpgroup& one : warpgroups)
      if (!one.open.empty() || !one.groups.empty())
        fail("the block ended before its products were waited for");
  }
};

Engines& engines() {
  auto& extension = emulator::extension();
  if (!extension) extension = std::make_unique<Engines>();
  return static_cast<Engines&>(*extension);
}
Warpgroup& warpgroup() { return engines().warpgroups[here().index / 128]; }

// 16-bit element (side, depth) of the matrix that a descriptor names.
class Matrix16 {
 public:
  Matrix16(uint64_t descriptor, bool along_depth)
      : start_(static_cast<uint32_t>(descriptor & 0x3fff) << 4),
        leading_(static_cast<uint32_t>(descriptor >> 16 & 0x3fff) << 4),
        stride_(static_cast<uint32_t>(descriptor >> 32 & 0x3fff) << 4),
        along_depth_(along_depth) {
    if (descriptor >> 62 != 1) fail("a matrix without the swizzle of 128 bytes: not emulated");
    if (descriptor >> 49 & 7) fail("a matrix with a base offset: not emulated");
    if ((start_ & 0x380) != 0) fail("a matrix that does not begin with a block of 8 lines");
    if (stride_ % 1024 || (!along_depth && leading_ % 1024)) fail("a matrix whose blocks the swizzle tears");
  }
  float at(int side, int depth) const {
    const auto s = static_cast<uint32_t>(side), d = static_cast<uint32_t>(depth);
    const uint32_t offset = along_depth_ ? s % 8 * 128 + s / 8 * stride_ + d * 2
                                         : s % 64 * 2 + s / 64 * leading_ + d % 8 * 128 + d / 8 * stride_;
    const uint32_t address = swizzled(start_ + offset);
    if (!is_in_shared(address, 2)) fail("a matrix outside the block's dynamic shared memory");
    uint16_t bits;
    std::memcpy(&bits, at_address(address), 2);
    return __uint_as_float(static_cast<uint32_t>(bits) << 16);
  }

 private:
  uint32_t start_, leading_, stride_;
  bool along_depth_;
};

using LeftElement = std::function<float(int row, int depth)>;

LeftElement left_of(const Wgmma& product, const Left* left) {
  if (left)
    return [left](int m, int k) { return __uint_as_float(static_cast<uint32_t>(left->of[m][k]) << 16); };
  return [a = Matrix16(product.a, product.a_along_depth)](int m, int k) { return a.at(m, k); };
}

void multiply(const Wgmma& product, const LeftElement& a, Sums& sums) {
  const Matrix16 b(product.b, product.b_along_depth);
  const int columns = product.columns;
  std::vector<float> row_of_b(static_cast<size_t>(columns) * 16);
  for (int k = 0; k < 16; k++)
    for (int n = 0; n < columns; n++) row_of_b[static_cast<size_t>(k * columns + n)] = b.at(n, k);
  if (!product.add) std::fill(sums.of.begin(), sums.of.end(), 0.f);
  for (int m = 0; m < 64; m++) {
    float* out = sums.of.data() + m * columns;
    for (int k = 0; k < 16; k++) {
      const float factor = a(m, k);
      const float* from = row_of_b.data() + k * columns;
      for (int n = 0; n < columns; n++) out[n] += factor * from[n];
    }
  }
}

void take_left(Warpgroup& group, void* const* all) {
  Left* left = group.find_left(static_cast<const Wgmma*>(all[0])->a_registers);
  if (!left) {
    left = &group.lefts.emplace_back();
    for (int i = 0; i < 128; i++) left->a[i] = static_cast<const Wgmma*>(all[i])->a_registers;
    left->for_each([](uint32_t& own, uint16_t* kept) {
      kept[0] = static_cast<uint16_t>(own), kept[1] = static_cast<uint16_t>(own >> 16);
      own = poison;
    });
  }
  left->products++;
}
void give_left_back(Warpgroup& group, Left& left) {
  if (--left.products > 0) return;
  left.for_each([](uint32_t& own, const uint16_t* kept) {
    if (own != poison) fail("a thread wrote to a factor of a product under way");
    own = kept[0] | static_cast<uint32_t>(kept[1]) << 16;
  });
  std::erase_if(group.lefts, [&](const Left& one) { return &one == &left; });
}

void begin_product(void* const* all) {
  Warpgroup& group = warpgroup();
  const Wgmma& first = *static_cast<const Wgmma*>(all[0]);
  if (!group.fenced) fail("wgmma without wgmma.fence");
  Sums* sums = group.find(first.c);
  if (!sums) {
    sums = &group.sums.emplace_back();
    sums->columns = first.columns;
    sums->of.resize(static_cast<size_t>(64 * first.columns));
    for (int i = 0; i < 128; i++) sums->c[i] = static_cast<const Wgmma*>(all[i])->c;
    sums->for_each([](float& own, float& kept) {
      kept = own;
      own = __uint_as_float(poison);
    });
  }
  for (int i = 0; i < 128; i++) {
    const Wgmma& one = *static_cast<const Wgmma*>(all[i]);
    if (one.a != first.a || one.b != first.b || one.add != first.add || one.columns != sums->columns ||
        one.c != sums->c[i] || !one.a_registers != !first.a_registers)
      fail("threads of a warpgroup want different products");
  }
  if (first.a_registers) take_left(group, all);
  sums->products++;
  group.open.push_back(first);
}

void run_group(Warpgroup& group) {
  for (const Wgmma& product : group.groups.front()) {
    Sums& sums = *group.find(product.c);
    Left* left = product.a_registers ? group.find_left(product.a_registers) : nullptr;
    multiply(product, left_of(product, left), sums);
    if (left) give_left_back(group, *left);
    if (--sums.products > 0) continue;
    sums.for_each([](float& own, float& kept) {
      if (__float_as_uint(own) != poison) fail("a thread wrote to sums of a product under way");
      own = kept;
    });
    std::erase_if(group.sums, [&](const Sums& one) { return &one == &sums; });
  }
  group.groups.pop_front();
}

void wait_for_groups(void* const* all) {
  Warpgroup& group = warpgroup();
  const int pending = *static_cast<const int*>(all[0]);
  while (static_cast<int>(group.groups.size()) > pending) run_group(group);
  group.fenced = false;  // the threads may touch their registers now
}

}  // namespace

uint32_t address_in_shared(const void* pointer) {
  const int64_t offset = static_cast<const unsigned char*>(pointer) - dynamic_shared();
  if (offset < 0 || offset > dynamic_shared_size())
    fail("an address outside the block's dynamic shared memory");
  return first_address + static_cast<uint32_t>(offset);
}

bool elect() {
  int mine = 0;
  meet(
      32,
      [](void* const* all) {
        const int elected = static_cast<int>(random() % 32);
        for (int lane = 0; lane < 32; lane++) *static_cast<int*>(all[lane]) = lane == elected;
      },
      &mine);
  return mine != 0;
}

void init_barrier(uint64_t* barrier, int count) {
  Barrier& one = barrier_at(barrier);
  const auto arrivals = static_cast<uint64_t>(count);
  one = {0, arrivals, arrivals, 0, Barrier::initialized};
  engines().hidden.emplace_back(here().index, &one);
}
void show_barriers() {
  std::erase_if(engines().hidden, [](const auto& hidden) {
    if (hidden.first != here().index) return false;
    hidden.second->state = Barrier::shown;
    return true;
  });
}
void arrive(uint64_t* barrier, int bytes) {
  Barrier& one = live_barrier(barrier);
  if (one.pending == 0) fail("more threads arrive at an mbarrier than it counts");
  one.bytes += bytes;
  one.pending--;
  end_phase_if_complete(one);
  // Others may go on before this thread does: what it has yet to do to memory it gave away comes too late.
  if (random() % 4 == 1)
    for (uint64_t turns = random() % 32; turns > 0; turns--) yield();
}
void wait(uint64_t* barrier, uint32_t parity) {
  while (live_barrier(barrier).parity == parity) {
    auto& copies = engines().copies;
    const uint64_t drawn = random();
    auto next = copies.end();
    if (drawn == 0)
      next =
          std::find_if(copies.begin(), copies.end(), [=](const Landing& x) { return x.barrier == barrier; });
    else if (!copies.empty() && drawn % 8 == 0)
      next = copies.begin() + static_cast<int64_t>(random() % copies.size());
    if (next != copies.end()) {
      const Landing copy = *next;
      copies.erase(next);
      land(copy);
    }
    yield();
  }
}

void copy_box(void* shared, const TensorMap& map, uint32_t rank, int x, int y, int z, uint64_t* barrier) {
  if (live_barrier(barrier).state != Barrier::shown)
    fail("the copy engine has not been shown this mbarrier (mbarrier_init_fence)");
  Landing copy{{}, static_cast<unsigned char*>(shared), x, y, z, barrier};
  std::memcpy(&copy.map, &map, sizeof copy.map);
  if (copy.map.rank != rank) fail("a box of a map of another rank");
  const uint32_t address = address_in_shared(shared);
  if (address % 128) fail("a box not aligned to 128 bytes");
  if (!is_in_shared(address, int64_t{copy.map.box_width} * copy.map.box_height * 2))
    fail("a box outside the block's dynamic shared memory");
  engines().copies.push_back(copy);
}

void wgmma_fence() {
  meet(
      128, [](void* const*) { warpgroup().fenced = true; }, nullptr);
}
void wgmma(const Wgmma& mine) {
  Wgmma brought = mine;
  meet(128, begin_product, &brought);
}
void wgmma_commit() {
  meet(
      128,
      [](void* const*) {
        Warpgroup& group = warpgroup();
        group.groups.push_back(std::move(group.open));
        group.open.clear();
      },
      nullptr);
}
void wgmma_wait(int pending) { meet(128, wait_for_groups, &pending); }

}  // namespace msta::cuda::emulator

// Matrices of bfloat16 with the swizzle of 128 bytes, held to what the driver demands.
CUresult cuTensorMapEncodeTiled(CUtensorMap* map, CUtensorMapDataType type, cuuint32_t rank, void* data,
                                const cuuint64_t* size, const cuuint64_t* stride, const cuuint32_t* box,
                                const cuuint32_t* every, CUtensorMapInterleave, CUtensorMapSwizzle swizzle,
                                CUtensorMapL2promotion, CUtensorMapFloatOOBfill) {
  constexpr cuuint64_t most = uint64_t{1} << 32, most_stride = uint64_t{1} << 40;
  if (type != CU_TENSOR_MAP_DATA_TYPE_BFLOAT16 || swizzle != CU_TENSOR_MAP_SWIZZLE_128B || rank < 2 ||
      rank > 3 || reinterpret_cast<uintptr_t>(map) % 64 || reinterpret_cast<uintptr_t>(data) % 16 ||
      box[0] * 2 != 128 || (rank == 3 && box[2] != 1))
    return CUDA_ERROR_INVALID_VALUE;
  cuuint64_t extent = 2;
  for (cuuint32_t i = 0; i < rank; i++) {
    if (size[i] == 0 || size[i] > most || box[i] == 0 || box[i] > 256 || every[i] != 1)
      return CUDA_ERROR_INVALID_VALUE;
    extent *= size[i];
    if (i + 1 == rank) break;
    if (stride[i] % (i > 0 ? stride[i - 1] : 16) || stride[i] >= most_stride || stride[i] < extent)
      return CUDA_ERROR_INVALID_VALUE;
    extent = stride[i];
  }
  const bool several = rank == 3;
  const msta::cuda::emulator::Map ours{static_cast<const unsigned char*>(data),
                                       size[0],
                                       size[1],
                                       several ? size[2] : 1,
                                       stride[0],
                                       several ? stride[1] : 0,
                                       rank,
                                       box[0],
                                       box[1]};
  *map = {};
  std::memcpy(map, &ours, sizeof ours);
  return CUDA_SUCCESS;
}
