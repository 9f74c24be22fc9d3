#include "msta_adapter.cuda.h"

#include "../../cuda/kernels.h"
#include "../../cuda/philox.h"
#include "msta_adapter.h"

// Where the rows are bfloat16 and all can be read in vectors, one kernel takes a tile of rows through all
// three products, forward, and the gradient back through them (msta_adapter.cuda.h). Otherwise both are
// composed of products and small kernels. The temporal convolution is part of that kernel where it suits the
// tiles, and follows as a kernel of its own otherwise.
namespace msta::cuda {

namespace {

// Whether multiply_rows_thrice() takes these products.
bool suits_rows_kernel(const Operand& source, int64_t width, int64_t dim) {
  return source.dtype == DType::bf16 && dim > 0 && dim <= most_dim && width > 0 && width < 1 << 20;
}

// ---- Forward ----

struct Dropout {
  uint64_t seed, stream;
  uint32_t threshold;
  float scale;

  explicit Dropout(const MstaAdapterForward& p)
      : seed(p.seed),
        stream(p.stream),
        threshold(static_cast<uint32_t>(static_cast<double>(p.dropout) * 4294967296.0)),
        scale(1.f / (1.f - p.dropout)) {}

  // To the elements of z from number `first`, a multiple of four, on.
  template <int n>
  __device__ __forceinline__ void apply(int64_t first, float (&x)[n]) const {
#pragma unroll
    for (int i = 0; i < n; i += 4) {
      const Philox4 random = philox(seed, stream, static_cast<uint64_t>(first + i) / 4);
#pragma unroll
      for (int j = 0; j < 4; j++) x[i + j] = random.value[j] < threshold ? 0.f : x[i + j] * scale;
    }
  }
};

// hidden, z and out, in the steps of multiply_rows.
struct ForwardSteps {
  MstaAdapterForward p;
  Dropout dropout;
  bool has_shared, drops;
  static constexpr bool wants_sums = false, settles = true, convolves = false;

  explicit ForwardSteps(const MstaAdapterForward& call)
      : p(call), dropout(call), has_shared(call.shared.data != nullptr), drops(call.dropout > 0) {}

  template <Step step>
  __device__ __forceinline__ void start(int column, float (&x)[8]) const {
    const Operand& bias = step == Step::first    ? p.down_bias
                          : step == Step::second ? p.shared_bias
                                                 : p.up_bias;
    const int64_t columns = step == Step::third ? p.width : p.dim;
#pragma unroll
    for (int i = 0; i < 8; i++) x[i] = column < columns ? element(bias, column + i) : 0.f;
  }

  template <Step step>
  __device__ __forceinline__ void finish(int64_t row, int column, float (&x)[8]) const {
    if constexpr (step == Step::third) {
      if (row >= p.rows || column >= p.width) return;
      const int64_t at = row * p.width + column;
      float residual[8];
      load(p.residual, at, residual);
#pragma unroll
      for (int i = 0; i < 8; i++) x[i] = residual[i] + p.alpha * x[i];
      store(p.out, at, x);
    } else {
#pragma unroll
      for (int i = 0; i < 8; i++) x[i] = x[i] < 0 ? 0.f : x[i];
    }
  }

  // Of hidden or z, which products keep as bfloat16.
  template <Step step>
  __device__ __forceinline__ void settle(int64_t row, int column, float (&x)[8]) const {
    if (row >= p.rows || column >= p.dim) return;
    const int64_t at = row * p.dim + column;
    const bool is_z = step == Step::second || !has_shared;
    if (is_z && drops) dropout.apply(at, x);
    store_vector(static_cast<bf16*>(is_z ? p.z.data : p.hidden.data) + at, x);
  }
};

struct ConvolvingSteps : ForwardSteps {
  RowsConvolution convolution;
  static constexpr bool convolves = true;

  explicit ConvolvingSteps(const MstaAdapterForward& call) : ForwardSteps(call), convolution(call) {}
};

template <class T>
__global__ void drop_elements(T* z, const int64_t count, const bool vectors, const Dropout dropout) {
  const int64_t stride = int64_t{gridDim.x} * blockDim.x * 4;
  for (int64_t at = (int64_t{blockIdx.x} * blockDim.x + threadIdx.x) * 4; at < count; at += stride) {
    float x[4];
    load_some(z + at, count - at, vectors, x);
    dropout.apply(at, x);
    store_some(z + at, count - at, vectors, x);
  }
}

template <class Steps>
void forward_of_rows(Gpu& gpu, const MstaAdapterForward& p, const Steps& steps) {
  const Matrix none = {}, shared = transposed(row_major(p.shared, p.dim));
  multiply_rows_thrice(gpu, p.rows, p.width, p.dim, row_major(p.h, p.width),
                       transposed(row_major(p.down, p.width)), p.shared ? shared : none,
                       transposed(row_major(p.up, p.dim)), steps);
}

void forward_of_products(Gpu& gpu, const MstaAdapterForward& p) {
  const Operand& first = p.shared ? p.hidden : p.z;
  Epilogue down;
  down.bias = p.down_bias;
  down.activation = Activation::relu;
  multiply(gpu, p.rows, p.width, p.dim, row_major(p.h, p.width), transposed(row_major(p.down, p.width)),
           first.data, first.dtype, p.dim, down);
  if (p.shared) {
    Epilogue shared = down;
    shared.bias = p.shared_bias;
    multiply(gpu, p.rows, p.dim, p.dim, row_major(p.hidden, p.dim), transposed(row_major(p.shared, p.dim)),
             p.z.data, p.z.dtype, p.dim, shared);
  }
  const int64_t count = p.rows * p.dim;
  if (p.dropout > 0)
    MSTA_FOR_DTYPE(p.z.dtype, T, {
      launch(gpu, drop_elements<T>, grid_of(count, 256 * 4), 256, 0, static_cast<T*>(p.z.data), count,
             all_suit(4, 4, p.z), Dropout(p));
    })
  Epilogue up;
  up.bias = p.up_bias;
  up.scale = p.alpha;
  up.residual = p.residual.data;
  multiply(gpu, p.rows, p.dim, p.width, row_major(p.z, p.dim), transposed(row_major(p.up, p.dim)), p.out.data,
           p.out.dtype, p.width, up);
}

// ---- Backward ----

// The gradient of what a linear map gave, on its way from grad to grad_h, and what its columns sum up to the
// same: itself, or sums of some rows of it.
struct InnerGradient {
  Operand rows;     // [rows, dim]
  Operand partial;  // [partial_rows, dim]
  int64_t partial_rows;
};
// Of the second map (absent without shared) and of the first.
struct InnerGradients {
  InnerGradient second, first;
};

// Zero where the forward's value `open` was not positive; 0 also stands for what dropout took away.
template <int n>
__device__ __forceinline__ void pass_where_open(const float (&open)[n], float scale, float (&x)[n]) {
#pragma unroll
  for (int i = 0; i < n; i++) x[i] = open[i] > 0 ? x[i] * scale : 0.f;
}

// inner, first and grad_h, in the steps of multiply_rows.
struct BackwardSteps {
  MstaAdapterBackward p;
  InnerGradients to;
  float keep;
  bool has_shared;
  static constexpr bool wants_sums = true, settles = false, convolves = false;

  BackwardSteps(const MstaAdapterBackward& call, const InnerGradients& target, float keep_scale)
      : p(call), to(target), keep(keep_scale), has_shared(call.shared.data != nullptr) {}

  template <Step step>
  __device__ __forceinline__ void start(int, float (&x)[8]) const {
#pragma unroll
    for (int i = 0; i < 8; i++) x[i] = 0;
  }

  template <Step step>
  __device__ __forceinline__ void finish(int64_t row, int column, float (&x)[8]) const {
    if constexpr (step == Step::third) {
      if (row < p.rows && column < p.width) store(p.grad_h, row * p.width + column, x);
      return;
    }
    if (row >= p.rows) {
#pragma unroll
      for (int i = 0; i < 8; i++) x[i] = 0;  // also where a weight is not finite
      return;
    }
    if (column >= p.dim) return;
    const int64_t at = row * p.dim + column;
    float open[8];
    load(step == Step::first ? p.z : p.hidden, at, open);
    if constexpr (step == Step::first) {
      float more[8] = {};
      if (p.grad_z.data) load(p.grad_z, at, more);
#pragma unroll
      for (int i = 0; i < 8; i++) x[i] = p.alpha * x[i] + more[i];
    }
    pass_where_open(open, step == Step::first ? keep : 1.f, x);
    store(target<step>().rows, at, x);
  }

  // The sums of rows 32 part to 32 part + 31.
  template <Step step>
  __device__ __forceinline__ void keep_sums(int64_t part, int column, const float (&x)[8]) const {
    const InnerGradient& into = target<step>();
    if (part < into.partial_rows && column < p.dim) store(into.partial, part * p.dim + column, x);
  }

  template <Step step>
  __device__ __forceinline__ const InnerGradient& target() const {
    return step == Step::first && has_shared ? to.second : to.first;
  }
};

// x = open > 0 ? scale * (x + more) : 0, n elements a thread; more may be absent.
template <int n>
__global__ void pass_elements_where_open(const Operand x, const int64_t count, const Operand open,
                                         const Operand more, const float scale) {
  const int64_t stride = int64_t{gridDim.x} * blockDim.x * n;
  for (int64_t at = (int64_t{blockIdx.x} * blockDim.x + threadIdx.x) * n; at < count; at += stride) {
    float values[n], gate[n], added[n] = {};
    load(x, at, values);
    load(open, at, gate);
    if (more.data) load(more, at, added);
#pragma unroll
    for (int i = 0; i < n; i++) values[i] += added[i];
    pass_where_open(gate, scale, values);
    store(x, at, values);
  }
}

void pass_where_open(Gpu& gpu, const MstaAdapterBackward& p, const Operand& x, const Operand& open,
                     const Operand& more, float scale) {
  const int64_t count = p.rows * p.dim;
  MSTA_FOR_VECTOR_LENGTH(vector_length(count, open, x, more), n, {
    launch(gpu, pass_elements_where_open<n>, grid_of(count, 256 * n), 256, 0, x, count, open, more, scale);
  })
}

void inner_gradients_of_products(Gpu& gpu, const MstaAdapterBackward& p, const InnerGradients& to,
                                 float keep) {
  const Operand& inner = p.shared ? to.second.rows : to.first.rows;
  Epilogue scaled;
  scaled.scale = p.alpha;
  multiply(gpu, p.rows, p.width, p.dim, row_major(p.grad, p.width), row_major(p.up, p.dim), inner.data,
           inner.dtype, p.dim, scaled);
  pass_where_open(gpu, p, inner, p.z, p.grad_z, keep);
  if (p.shared) {
    multiply(gpu, p.rows, p.dim, p.dim, row_major(inner, p.dim), row_major(p.shared, p.dim),
             to.first.rows.data, to.first.rows.dtype, p.dim);
    pass_where_open(gpu, p, to.first.rows, p.hidden, {}, 1.f);
  }
  if (p.grad_h)
    multiply(gpu, p.rows, p.dim, p.width, row_major(to.first.rows, p.dim), row_major(p.down, p.width),
             p.grad_h.data, p.grad_h.dtype, p.width);
}

// Where the products keep it: as bfloat16, and with it the sums of every 32 rows, or as float32.
InnerGradient place_of_gradient(Gpu& gpu, int64_t rows, int64_t dim, bool as_bf16) {
  const int64_t count = rows * dim, parts = ceil_div(rows, 32);
  if (as_bf16)
    return {{gpu.scratch<bf16>(count), count, DType::bf16},
            operand_of(gpu.scratch<float>(parts * dim), parts * dim),
            parts};
  const Operand all = operand_of(gpu.scratch<float>(count), count);
  return {all, all, rows};
}

// grad_weight [out, in] = scale * grad^T x.
void weight_gradient(Gpu& gpu, int64_t rows, const Operand& grad, int64_t out, const Operand& x, int64_t in,
                     float scale, float* grad_weight) {
  Epilogue scaled;
  scaled.scale = scale;
  multiply(gpu, out, rows, in, transposed(row_major(grad, out)), row_major(x, in), grad_weight, DType::f32,
           in, scaled);
}

void inner_weight_gradients(Gpu& gpu, int64_t rows, const InnerGradient& grad, int64_t dim, const Operand& x,
                            int64_t in, float* grad_weight, float* grad_bias) {
  weight_gradient(gpu, rows, grad.rows, dim, x, in, 1.f, grad_weight);
  column_sums(gpu, grad.partial_rows, dim, grad.partial, 1.f, operand_of(grad_bias, dim));
}

}  // namespace

void msta_adapter_forward(const KernelArgs& args, Gpu& gpu) {
  const MstaAdapterForward p(args);
  const bool in_one = suits_rows_kernel(p.h, p.width, p.dim) &&
                      all_suit(8, p.width, p.h, p.residual, p.out) && all_suit(8, p.dim, p.hidden, p.z) &&
                      p.z.dtype == DType::bf16 && (!p.shared || p.hidden.dtype == DType::bf16);
  if (in_one && p.convolves() && all_suit(8, p.width, p.temporal_bias) && suits_rows_convolution(p)) {
    forward_of_rows(gpu, p, ConvolvingSteps(p));
    return;
  }
  if (in_one)
    forward_of_rows(gpu, p, ForwardSteps(p));
  else
    forward_of_products(gpu, p);
  if (p.convolves()) temporal_conv_forward(ConvolutionCall(args, p).args(), gpu);
}

void msta_adapter_backward(const KernelArgs& args, Gpu& gpu) {
  const MstaAdapterBackward p(args);
  const float keep = 1.f / (1.f - p.dropout);
  const bool in_one = suits_rows_kernel(p.grad, p.width, p.dim) && all_suit(8, p.width, p.grad, p.grad_h) &&
                      all_suit(8, p.dim, p.grad_z, p.hidden, p.z);
  const InnerGradients inner{p.shared ? place_of_gradient(gpu, p.rows, p.dim, in_one) : InnerGradient{},
                             place_of_gradient(gpu, p.rows, p.dim, in_one)};
  if (in_one) {
    const Matrix none = {};
    multiply_rows_thrice(gpu, p.rows, p.width, p.dim, row_major(p.grad, p.width), row_major(p.up, p.dim),
                         p.shared ? row_major(p.shared, p.dim) : none,
                         p.grad_h ? row_major(p.down, p.width) : none, BackwardSteps(p, inner, keep));
  } else {
    inner_gradients_of_products(gpu, p, inner, keep);
  }
  weight_gradient(gpu, p.rows, p.grad, p.width, p.z, p.dim, p.alpha, p.grad_up);
  column_sums(gpu, p.rows, p.width, p.grad, p.alpha, operand_of(p.grad_up_bias, p.width));
  if (p.shared)
    inner_weight_gradients(gpu, p.rows, inner.second, p.dim, p.hidden, p.dim, p.grad_shared,
                           p.grad_shared_bias);
  inner_weight_gradients(gpu, p.rows, inner.first, p.dim, p.h, p.width, p.grad_down, p.grad_down_bias);
}

}  // namespace msta::cuda
