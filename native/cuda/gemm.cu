#include "gemm.h"

#include <algorithm>
#include <cmath>

#include "gemm_wgmma.h"

namespace msta::cuda {

namespace {

// Sums the splits of four neighbours in order and applies the epilogue.
__global__ void __launch_bounds__(128) add_partials(const Target target) {
  const int64_t per_row = target.partial_stride / 4, size = target.rows * target.partial_stride;
  const int64_t at = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (at * 4 >= size) return;
  const int64_t row = at / per_row, column = at % per_row * 4;
  float total[4] = {}, bias[4];
#pragma unroll 4
  for (int split = 0; split < target.splits; split++) {
    float part[4];
    load_vector(target.partial + split * size + at * 4, part);
#pragma unroll
    for (int i = 0; i < 4; i++) total[i] += part[i];
  }
  load_bias(target, column, bias);
  finish(target, row, column, bias, total);
}

// The tile and the number of splits for which the busiest multiprocessor has least to do, counted in
// multiplications of full tiles. Bringing one split's sums to memory and back is estimated to take as long as
// some steps along the depth.
template <size_t count>
Plan choose_among(const TileShape (&shapes)[count], Plan::Kernel kernel, int multiprocessors, int64_t rows,
                  int64_t columns, int64_t steps) {
  constexpr double steps_of_split = 16;
  constexpr int64_t least_steps = 4, most_splits = 1024;
  const int64_t possible_splits = std::clamp(steps / least_steps, int64_t{1}, most_splits);
  Plan best{kernel, 0, 1};
  double least = HUGE_VAL;
  for (size_t i = 0; i < count; i++) {
    const TileShape& shape = shapes[i];
    const int64_t tiles = ceil_div(rows, shape.rows) * ceil_div(columns, shape.columns);
    for (const int blocks_each : {0, 1, 2}) {
      const int64_t splits =
          std::clamp<int64_t>(int64_t{blocks_each} * multiprocessors / tiles, 1, possible_splits);
      const auto busiest = static_cast<double>(ceil_div(tiles * splits, multiprocessors));
      const auto block_steps = static_cast<double>(ceil_div(steps, splits) + shape.overhead);
      double cost = busiest * shape.rows * shape.columns / shape.speed * block_steps;
      if (splits > 1) cost += steps_of_split * static_cast<double>(splits * rows * columns) / multiprocessors;
      if (cost >= least) continue;
      least = cost;
      best.shape = static_cast<int>(i), best.splits = static_cast<int>(splits);
    }
  }
  return best;
}

}  // namespace

Plan choose(const Gpu& gpu, int64_t rows, int64_t depth, int64_t columns, DType a, DType b) {
  if (a == DType::f32 && b == DType::f32)
    return choose_among(f32_shapes, Plan::f32, gpu.multiprocessors, rows, columns, ceil_div(depth, f32_slab));
  const int64_t terms = a == b ? 1 : 2;
  if (use_wgmma() && can_use_wgmma(gpu, rows, depth, columns))
    return choose_among(wgmma_shapes, Plan::wgmma, gpu.multiprocessors, rows, columns,
                        ceil_div(depth, wgmma_slab) * terms);
  return choose_among(mma_shapes, Plan::mma, gpu.multiprocessors, rows, columns,
                      ceil_div(depth, mma_slab) * terms);
}

void multiply_by(const Plan& plan, Gpu& gpu, int64_t rows, int64_t depth, int64_t columns, const Matrix& a,
                 const Matrix& b, void* c, DType c_dtype, int64_t c_stride, const Epilogue& epilogue) {
  if (rows == 0 || columns == 0) return;
  if (depth > INT32_MAX / 2) throw Error("ERR_SHAPE", "a product's depth must be below 2^30");
  const Factor left{a.data, a.dtype, rows, depth, a.row_stride, a.column_stride};
  const Factor right{b.data, b.dtype, columns, depth, b.column_stride, b.row_stride};
  Target target{rows, columns, c, c_dtype, c_stride, epilogue};
  target.vectors = suits_vectors(c, c_dtype, c_stride) &&
                   suits_vectors(epilogue.pre_activation, c_dtype, c_stride) &&
                   suits_vectors(epilogue.residual, c_dtype, c_stride);
  target.splits = plan.splits;
  target.partial_stride = ceil_div(columns, 8) * 8;
  if (plan.splits > 1) target.partial = gpu.scratch<float>(plan.splits * rows * target.partial_stride);
  if (plan.kernel == Plan::f32)
    multiply_f32(gpu, plan.shape, left, right, target);
  else
    (plan.kernel == Plan::wgmma ? multiply_wgmma : multiply_mma)(gpu, plan.shape, as_terms(gpu, left),
                                                                 as_terms(gpu, right), target);
  if (plan.splits > 1)
    launch(gpu, add_partials, grid_of(rows * target.partial_stride / 4, 128, INT32_MAX), 128, 0, target);
}

void multiply(Gpu& gpu, int64_t rows, int64_t depth, int64_t columns, const Matrix& a, const Matrix& b,
              void* c, DType c_dtype, int64_t c_stride, const Epilogue& epilogue) {
  if (rows == 0 || columns == 0) return;
  const Plan plan = choose(gpu, rows, depth, columns, a.dtype, b.dtype);
  multiply_by(plan, gpu, rows, depth, columns, a, b, c, c_dtype, c_stride, epilogue);
}

}  // namespace msta::cuda
