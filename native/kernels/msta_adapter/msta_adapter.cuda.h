#pragma once
#include "../../cuda/elements.h"
#include "../../cuda/gemm_tiles.h"
#include "msta_adapter_convolution.cuda.h"

// Three products one after another for a tile of rows that stays on a multiprocessor:
//   a = steps1(source * first), b = steps2(a * second), steps3((b or a) * third).
// The adapter's forward is one of these, and the way of its gradient back to h is another. Between the
// products the rows lie in shared memory as bfloat16; what a step does with the numbers, and where it keeps
// them, is the business of its `Steps`. Steps that `convolves` have the convolution of what the third product
// multiplies added to it.
namespace msta::cuda {

// A block of four warps takes `rows` rows; of every product, a tile of `dim` columns at a time. Shared memory
// suits GPUs that have 100 KiB of it.
template <int dim_, int rows_, int warp_rows_, int stages_>
struct RowsBlock {
  static constexpr int dim = dim_, rows = rows_, threads = 128;
  static constexpr int warp_rows = warp_rows_, warps_down = rows / warp_rows, warps_across = 4 / warps_down;
  static constexpr int warp_columns = dim / warps_across;
  static constexpr int stages = stages_;  // of tiles in shared memory
  static constexpr int rows_tile = rows * mma_slab, weights_tile = dim * mma_slab;
  // The rows' part of shared memory: stages of the source's tiles, then what lies between the products.
  static constexpr int rows_elements = rows_tile * (dim / mma_slab > stages ? dim / mma_slab : stages);
  static_assert(warp_rows % 32 == 0 && warp_columns % 32 == 0);

  // Without the list of rows.
  static constexpr int64_t shared_bytes(int terms) {
    return (rows_elements + int64_t{stages} * terms * weights_tile) * 2;
  }
};
using Rows64 = RowsBlock<64, 128, 32, 3>;
using Rows128 = RowsBlock<128, 128, 64, 3>;
using Rows256 = RowsBlock<256, 64, 64, 2>;
using FewRows128 = RowsBlock<128, 32, 32, 3>;
using FewRows256 = RowsBlock<256, 32, 32, 2>;
constexpr int64_t most_dim = 256;

// ---- Weights ----

// Of every 32 columns of a product the tiles of weights hold the columns in an order that gives each thread
// eight neighbours: line 8 f + 2 t + e of them is column 8 t + 2 f + e, since what thread t of a quad has of
// the f-th product of eight columns is columns 2 t and 2 t + 1.
__device__ __forceinline__ int column_of_line(int line) {
  return line / 32 * 32 + line % 8 / 2 * 8 + line % 32 / 8 * 2 + line % 2;
}

// A factor [depth, columns] and its tiles: bfloat16, just as they will lie in shared memory, in the order in
// which blocks take them: step by step along the depth, tile of columns by tile of columns. With two terms,
// each tile is followed by the tile of what rounding left over.
struct WeightTiles {
  Matrix matrix;
  int depth, columns;
  int depth_steps, steps;
  bf16* tiles;
};
struct ThreeWeights {
  WeightTiles of[3];
};

// A thread lays out eight elements of the factor blockIdx.y.
template <int tile_columns>
__global__ void __launch_bounds__(256)
    lay_out_weights(const __grid_constant__ ThreeWeights weights, const int terms) {
  constexpr int pieces = tile_columns * 4, tile = tile_columns * mma_slab;
  const WeightTiles& w = weights.of[blockIdx.y];
  const int64_t at = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (at >= int64_t{w.steps} * pieces) return;
  const int step = static_cast<int>(at / pieces), rest = static_cast<int>(at % pieces);
  // Neighbouring threads read neighbours in memory.
  const bool along_depth = w.matrix.row_stride == 1;
  const int piece = along_depth ? rest % 4 : rest / tile_columns;
  const int line = along_depth ? rest / 4 : rest % tile_columns;
  const int column = step / w.depth_steps * tile_columns + column_of_line(line);
  const int first = step % w.depth_steps * mma_slab + piece * 8;
  const Operand source{const_cast<void*>(w.matrix.data), 0, w.matrix.dtype};
  float x[8], left[8];
#pragma unroll
  for (int i = 0; i < 8; i++) {
    const bool inside = column < w.columns && first + i < w.depth;
    const int64_t from = (first + i) * w.matrix.row_stride + column * w.matrix.column_stride;
    x[i] = inside ? element(source, from) : 0.f;
    left[i] = x[i] - to_float(to_bf16(x[i]));
    left[i] = left[i] - left[i] == 0 ? left[i] : 0.f;  // nothing beside infinity and NaN
  }
  bf16* target = w.tiles + int64_t{step} * terms * tile + Tile<tile_columns, true>::offset(line, piece);
  store_vector(target, x);
  if (terms > 1) store_vector(target + tile, left);
}

// ---- Products ----

struct RowsProducts {
  Terms source;         // [rows, width], one term
  const bf16* weights;  // the tiles of all three
  int terms;
  int first_steps, second_steps;  // of tiles of weights
  int third_tiles, inner_steps;   // of columns, and steps for each
  int steps;                      // all of them
};

enum class Step { first, second, third };

// A block's tile of a product; each warp has some rows and columns of it in registers.
template <class Block>
class RowsProduct {
  static constexpr int warp_rows = Block::warp_rows, warp_columns = Block::warp_columns;

 public:
  __device__ __forceinline__ RowsProduct() : left_(warp_row()), right_(warp_column()) {}

  // Begins a tile whose first column is `column` with what `steps` has for its columns.
  template <Step step, class Steps>
  __device__ __forceinline__ void start(const Steps& steps, int column) {
#pragma unroll
    for (int group = 0; group < warp_columns / 32; group++) {
      float x[8];
      steps.template start<step>(column + my_column(group), x);
#pragma unroll
      for (int i = 0; i < warp_rows / 16; i++)
#pragma unroll
        for (int j = 0; j < 16; j++) sums_[i][group * 4 + j / 4][j % 4] = x[j / 4 * 2 + j % 2];
    }
  }

  // Adds the product of 32 of the depth: a tile of rows and one of each term of the weights.
  __device__ __forceinline__ void add(const bf16* rows, const bf16* weights, int terms) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      uint32_t a[warp_rows / 16][4];
#pragma unroll
      for (int i = 0; i < warp_rows / 16; i++) left_.read(a[i], rows, i, half);
#pragma unroll 1
      for (int term = 0; term < terms; term++) {
        uint32_t b[warp_columns / 16][4];
#pragma unroll
        for (int j = 0; j < warp_columns / 16; j++)
          right_.read(b[j], weights + term * Block::weights_tile, j, half);
#pragma unroll
        for (int i = 0; i < warp_rows / 16; i++)
#pragma unroll
          for (int j = 0; j < warp_columns / 8; j++)
            mma_bf16(sums_[i][j], a[i], b[j / 2][j % 2 * 2], b[j / 2][j % 2 * 2 + 1]);
      }
    }
  }

  // Adds the convolution of z, tiles as `finish` kept them, to a tile of the third product; only the first
  // `patch_lines` lines are of patches. Adding tap by tap keeps little in registers beside the sums.
  __device__ __forceinline__ void add_convolution(const RowsConvolution& conv, int patch_lines, int column,
                                                  const bf16* z) {
    using Place = Tile<Block::rows, true>;  // repeats itself every eight lines
    const int first_line = warp_row() + static_cast<int>(threadIdx.x) % 32 / 4;
#pragma unroll
    for (int group = 0; group < warp_columns / 32; group++) {
      const int channel = column + my_column(group);
      if (channel >= conv.width) continue;
      float bias[8];
      load(conv.bias, channel, bias);
#pragma unroll
      for (int i = 0; i < warp_rows / 8; i++)
#pragma unroll
        for (int j = 0; j < 8; j++)
          if (first_line + i * 8 < patch_lines) sum(i, group, j) += bias[j];
      int inputs[8];
      conv.first_inputs(channel, inputs);
#pragma unroll 1
      for (int input = 0; input < conv.group_in; input++)
#pragma unroll 1
        for (int tap = 0; tap < conv.taps; tap++) {
          const int shift = tap - conv.taps / 2;
          float weights[8];
          conv.read_weights(channel, input, tap, weights);
          int at[8];  // eight lines further
#pragma unroll
          for (int j = 0; j < 8; j++) {
            const int from = inputs[j] + input;
            at[j] = from / mma_slab * Block::rows_tile + from % 8 +
                    Place::offset(first_line + shift + 8, from % mma_slab / 8);
          }
#pragma unroll
          for (int i = 0; i < warp_rows / 8; i++) {
            const int line = first_line + i * 8, frame = (line & (conv.frames - 1)) + shift;
            if (line >= patch_lines || frame < 0 || frame >= conv.frames) continue;
#pragma unroll
            for (int j = 0; j < 8; j++)
              sum(i, group, j) += weights[j] * to_float(z[at[j] + (i - 1) * 8 * mma_slab]);
          }
        }
    }
  }

  // Gives `steps` the sums, eight neighbours in a row at a time. Where `kept` is given, what comes back goes
  // there, in tiles as `add` takes them. Steps may also want it summed over each 32 rows.
  template <Step step, class Steps, class Rows>
  __device__ __forceinline__ void finish(const Steps& steps, const Rows& rows, int column, bf16* kept) {
#pragma unroll
    for (int part = 0; part < warp_rows / 32 * (warp_columns / 32); part++) {
      const int first_row = warp_row() + part % (warp_rows / 32) * 32, group = part / (warp_rows / 32);
      float total[8] = {};
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const int my_row = first_row + i * 8 + static_cast<int>(threadIdx.x) % 32 / 4;
        float x[8];
#pragma unroll
        for (int j = 0; j < 8; j++)
          x[j] = sums_[part % (warp_rows / 32) * 2 + i / 2][group * 4 + j / 2][i % 2 * 2 + j % 2];
        steps.template finish<step>(rows[my_row], column + my_column(group), x);
        if (kept)
          store_vector(kept + my_column(group) / mma_slab * Block::rows_tile +
                           Tile<Block::rows, true>::offset(my_row, my_column(group) % mma_slab / 8),
                       x);
#pragma unroll
        for (int j = 0; j < 8; j++) total[j] += x[j];
      }
      if constexpr (Steps::wants_sums && step != Step::third) {
        sum_rows(total);
        if (threadIdx.x % 32 < 4)
          steps.template keep_sums<step>(rows[first_row] / 32, column + my_column(group), total);
      }
    }
  }

 private:
  // Of the thread's line i (every eighth of the tile), column j of a group.
  __device__ __forceinline__ float& sum(int i, int group, int j) {
    return sums_[i / 2][group * 4 + j / 2][i % 2 * 2 + j % 2];
  }
  // Over the eight threads of the warp that have the same columns.
  static __device__ __forceinline__ void sum_rows(float (&x)[8]) {
#pragma unroll
    for (int j = 0; j < 8; j++)
#pragma unroll
      for (int step = 4; step < 32; step *= 2) x[j] += __shfl_xor_sync(0xffffffffu, x[j], step);
  }
  static __device__ __forceinline__ int warp_row() {
    return static_cast<int>(threadIdx.x) / 32 / Block::warps_across * warp_rows;
  }
  static __device__ __forceinline__ int warp_column() {
    return static_cast<int>(threadIdx.x) / 32 % Block::warps_across * warp_columns;
  }
  static __device__ __forceinline__ int my_column(int group) {
    return warp_column() + group * 32 + static_cast<int>(threadIdx.x) % 4 * 8;
  }

  const FragmentReader<Block::rows, true, true> left_;
  const FragmentReader<Block::dim, true, false> right_;
  float sums_[warp_rows / 16][warp_columns / 8][4];
};

// What blocks bring to shared memory ahead of its use: the tiles of weights of all three products, in order,
// and for the first also the source's.
template <class Block, class Rows>
class RowsPipeline {
 public:
  __device__ __forceinline__ RowsPipeline(const RowsProducts& p, const Rows& order, bf16* rows, bf16* weights)
      : p_(p), order_(order), rows_(rows), weights_(weights) {
#pragma unroll
    for (int i = 0; i < Block::stages - 1; i++) load(i);
  }

  // Waits for the next step's tiles; everyone has done with those of the step before.
  __device__ __forceinline__ void next() {
    copy_async_wait<Block::stages - 2>();
    __syncthreads();
    load(stage_);
    stage_ = stage_ + 1 == Block::stages ? 0 : stage_ + 1;
  }
  __device__ __forceinline__ const bf16* source() const { return rows_ + stage_ * Block::rows_tile; }
  __device__ __forceinline__ const bf16* weights() const { return weights_ + stage_ * step_elements(); }

 private:
  // Of the weights.
  __device__ __forceinline__ int step_elements() const { return p_.terms * Block::weights_tile; }

  // Starts copying what the first step needs for which nothing has been asked yet.
  __device__ __forceinline__ void load(int stage) {
    if (step_ < p_.steps) {
      const int elements = step_elements();
      const bf16* from = p_.weights + int64_t{step_} * elements;
      for (int i = static_cast<int>(threadIdx.x) * 8; i < elements; i += Block::threads * 8)
        copy_async_16(weights_ + stage * elements + i, from + i, true);
      if (step_ < p_.first_steps) load_source(order_, rows_ + stage * Block::rows_tile, step_ * mma_slab);
      step_++;
    }
    copy_async_commit();  // an empty group at the end, so that counting them stays right
  }

  __device__ __forceinline__ void load_source(const NeighbouringRows& order, bf16* tile, int depth) const {
    // Made anew each time: kept, it would take registers that the products need.
    const TileLoader<Block::rows, true, Block::threads> source(p_.source, order.first);
    source.load(tile, 0, depth);
  }
  __device__ __forceinline__ void load_source(const ListedRows& order, bf16* tile, int depth) const {
    const int piece = static_cast<int>(threadIdx.x) % 4, column = depth + piece * 8;
#pragma unroll
    for (int i = 0; i < Block::rows * 4 / Block::threads; i++) {
      const int line = static_cast<int>(threadIdx.x) / 4 + i * (Block::threads / 4);
      const int64_t row = order[line];
      copy_async_16(tile + Tile<Block::rows, true>::offset(line, piece),
                    p_.source.data[0] + row * p_.source.line_stride + column,
                    row < p_.source.sides && column < p_.source.depth);
    }
  }

  const RowsProducts& p_;
  const Rows& order_;
  bf16 *const rows_, *const weights_;
  int step_ = 0, stage_ = Block::stages - 1;
};

// Where steps want that: gives them what lies in shared memory between two products, eight neighbours at a
// time. They could have it from `finish`, but there each eight have registers and so instructions of their
// own.
template <class Block, Step step, class Steps, class Rows>
__device__ __forceinline__ void settle(const Steps& steps, const Rows& rows, bf16* kept) {
  if constexpr (Steps::settles) {
    __syncthreads();
#pragma unroll 1
    for (int i = static_cast<int>(threadIdx.x); i < Block::rows * Block::dim / 8; i += Block::threads) {
      const int slab = i / (Block::rows * 4), my_row = i / 4 % Block::rows, piece = i % 4;
      bf16* at = kept + slab * Block::rows_tile + Tile<Block::rows, true>::offset(my_row, piece);
      float x[8];
      load_vector(at, x);
      steps.template settle<step>(rows[my_row], slab * mma_slab + piece * 8, x);
      store_vector(at, x);
    }
  }
}

template <class Block, class Steps, class Rows>
__device__ __forceinline__ void multiply_tile(const RowsProducts& p, const Steps& steps, const Rows& order) {
  auto* rows = reinterpret_cast<bf16*>(dynamic_shared());
  RowsPipeline<Block, Rows> pipeline(p, order, rows, rows + Block::rows_elements);
  RowsProduct<Block> product;
  product.template start<Step::first>(steps, 0);
  for (int step = 0; step < p.first_steps; step++) {
    pipeline.next();
    product.add(pipeline.source(), pipeline.weights(), p.terms);
  }
  __syncthreads();  // all have read the rows whose place is taken now
  product.template finish<Step::first>(steps, order, 0, rows);
  settle<Block, Step::first>(steps, order, rows);
  if (p.second_steps > 0) {
    product.template start<Step::second>(steps, 0);
    for (int step = 0; step < p.second_steps; step++) {
      pipeline.next();
      product.add(rows + step * Block::rows_tile, pipeline.weights(), p.terms);
    }
    __syncthreads();
    product.template finish<Step::second>(steps, order, 0, rows);
    settle<Block, Step::second>(steps, order, rows);
  }
  if constexpr (Steps::convolves) __syncthreads();  // z is complete
  for (int tile = 0; tile < p.third_tiles; tile++) {
    product.template start<Step::third>(steps, tile * Block::dim);
    if constexpr (Steps::convolves)
      product.add_convolution(steps.convolution,
                              steps.convolution.patch_rows - static_cast<int>(blockIdx.x) * Block::rows,
                              tile * Block::dim, rows);
    for (int step = 0; step < p.inner_steps; step++) {
      pipeline.next();
      product.add(rows + step * Block::rows_tile, pipeline.weights(), p.terms);
    }
    product.template finish<Step::third>(steps, order, tile * Block::dim, nullptr);
  }
  copy_async_wait<0>();
}

template <class Block, class Steps>
__global__ void __launch_bounds__(Block::threads, 2)
    multiply_rows(const __grid_constant__ RowsProducts p, const __grid_constant__ Steps steps) {
  if constexpr (Steps::convolves) {
    auto* listed = reinterpret_cast<int*>(dynamic_shared() + Block::shared_bytes(p.terms));
    const int line = static_cast<int>(threadIdx.x);
    if (line < Block::rows)
      listed[line] = steps.convolution.row_at(static_cast<int>(blockIdx.x) * Block::rows + line);
    __syncthreads();
    multiply_tile<Block>(p, steps, ListedRows{listed});
  } else {
    multiply_tile<Block>(p, steps, NeighbouringRows{int64_t{blockIdx.x} * Block::rows});
  }
}

// Lays out the tiles of the three factors one after another.
template <class Block>
void lay_out(Gpu& gpu, ThreeWeights& weights, RowsProducts& p) {
  int steps[3], most = 0;
  p.steps = 0;
  for (int i = 0; i < 3; i++) {
    WeightTiles& w = weights.of[i];
    w.depth_steps = static_cast<int>(ceil_div(w.depth, mma_slab));
    w.steps = w.matrix.data ? w.depth_steps * static_cast<int>(ceil_div(w.columns, Block::dim)) : 0;
    p.steps += steps[i] = w.steps;
    most = w.steps > most ? w.steps : most;
  }
  p.first_steps = steps[0], p.second_steps = steps[1];
  p.inner_steps = weights.of[2].depth_steps, p.third_tiles = steps[2] / p.inner_steps;
  bf16* tiles = gpu.scratch<bf16>(int64_t{p.steps} * p.terms * Block::weights_tile);
  p.weights = tiles;
  for (int i = 0; i < 3; tiles += int64_t{steps[i++]} * p.terms * Block::weights_tile)
    weights.of[i].tiles = tiles;
  const dim3 grid{static_cast<unsigned>(ceil_div(int64_t{most} * Block::weights_tile / 8, 256)), 3, 1};
  launch(gpu, lay_out_weights<Block::dim>, grid, 256, 0, weights, p.terms);
}

// Factors are [depth, columns]: [width, dim], [dim, dim] and [dim, width]; the last two may be absent.
template <class Steps>
void multiply_rows_thrice(Gpu& gpu, int64_t rows, int64_t width, int64_t dim, const Matrix& source,
                          const Matrix& first, const Matrix& second, const Matrix& third,
                          const Steps& steps) {
  const int w = static_cast<int>(width), d = static_cast<int>(dim);
  ThreeWeights weights{
      {{first, w, d, 0, 0, nullptr}, {second, d, d, 0, 0, nullptr}, {third, d, w, 0, 0, nullptr}}};
  RowsProducts p{};
  p.source = as_terms(gpu, {source.data, source.dtype, rows, width, source.row_stride, source.column_stride});
  p.terms = 1;
  for (const Matrix& m : {first, second, third})
    if (m.data && m.dtype == DType::f32) p.terms = 2;
  const auto run = [&]<class Block>(Block) {
    lay_out<Block>(gpu, weights, p);
    const int64_t list_bytes = Steps::convolves ? Block::rows * 4 : 0;
    launch(gpu, multiply_rows<Block, Steps>, grid_of(rows, Block::rows, INT32_MAX), Block::threads,
           Block::shared_bytes(p.terms) + list_bytes, p, steps);
  };
  // Where large tiles would leave most multiprocessors idle, small ones.
  const auto is_few = [&](int tile) { return ceil_div(rows, tile) <= gpu.multiprocessors / 2; };
  if (dim > 128)
    is_few(Rows256::rows) ? run(FewRows256{}) : run(Rows256{});
  else if (is_few(Rows128::rows))
    run(FewRows128{});
  else
    dim > 64 ? run(Rows128{}) : run(Rows64{});
}

}  // namespace msta::cuda
