#include "patch_embed.h"

#include "../../cuda/elements.h"
#include "../../cuda/gemm.h"
#include "../../cuda/kernels.h"

namespace msta::cuda {

namespace {

// The patches of some videos as the rows of a matrix, one for every token: that of CLS is zero. All tokens of
// these videos are then one product, to which the embeddings come as its residual.
struct Patches {
  PatchEmbedShape shape;
  const void* videos;
  void* rows;  // [videos * tokens, patch_size], of the videos' type
};

// A block a row: grid [tokens, videos].
template <class T, int n>
__global__ void gather_patches(const Patches p) {
  const PatchEmbedShape& s = p.shape;
  const int patch = static_cast<int>(s.patch), area = patch * patch;
  const int size = static_cast<int>(s.channels) * area;
  const T* corner = nullptr;
  if (blockIdx.x > 0) {
    const unsigned across = static_cast<unsigned>(s.width / s.patch),
                   frames = static_cast<unsigned>(s.frames);
    const unsigned j = (blockIdx.x - 1) / frames, t = blockIdx.x - 1 - j * frames;
    const int64_t line = (blockIdx.y * s.channels * s.frames + t) * s.height + j / across * s.patch;
    corner = static_cast<const T*>(p.videos) + line * s.width + j % across * s.patch;
  }
  T* out = static_cast<T*>(p.rows) + (int64_t{blockIdx.y} * gridDim.x + blockIdx.x) * size;
  const int64_t channel_stride = s.frames * s.height * s.width;
  for (int i = static_cast<int>(threadIdx.x) * n; i < size; i += static_cast<int>(blockDim.x) * n) {
    const int channel = i / area, within = i - channel * area;
    const int down = within / patch, right = within - down * patch;
    float values[n] = {};
    if (corner) load(corner + channel * channel_stride + down * s.width + right, values);
    store(out + i, values);
  }
}

template <class T>
auto gather_kernel(int n) {
  return n == 8   ? gather_patches<T, 8>
         : n == 4 ? gather_patches<T, 4>
         : n == 2 ? gather_patches<T, 2>
                  : gather_patches<T, 1>;
}

dim3 grid_of_tokens(const PatchEmbedShape& s, int64_t videos) {
  return dim3{static_cast<unsigned>(s.tokens()), static_cast<unsigned>(videos), 1};
}

int threads_for(int64_t vectors) {
  return static_cast<int>(vectors < 256 ? ceil_div(vectors > 0 ? vectors : 1, 32) * 32 : 256);
}

const char* element_of(const Operand& x, int64_t i) {
  return static_cast<const char*>(x.data) + i * dtype_size(x.dtype);
}

// Videos, as many as fit into a bounded matrix of patches.
class Slices {
 public:
  Slices(Gpu& gpu, const PatchEmbedShape& s, const Operand& video) : gpu_(gpu), s_(s), video_(video) {
    constexpr int64_t most_bytes = int64_t{256} << 20, most_videos = 65535;
    const int64_t bytes_of_video = s.tokens() * s.patch_size() * dtype_size(video.dtype);
    videos_ = bytes_of_video > 0 ? most_bytes / bytes_of_video : s.batch;
    if (videos_ < 1) videos_ = 1;
    if (videos_ > s.batch) videos_ = s.batch;
    if (videos_ > most_videos) videos_ = most_videos;
    rows_ = gpu.scratch<char>(videos_ * bytes_of_video);
    vector_ = video.dtype == DType::bf16 ? 8 : 4;
    while (vector_ > 1 && !all_suit(vector_, s.patch, video)) vector_ /= 2;
  }

  // Calls body(first video, videos, matrix of their patches) for all videos in turn.
  template <class Body>
  void for_each(const Body& body) {
    for (int64_t first = 0; first < s_.batch; first += videos_) {
      const int64_t videos = s_.batch - first < videos_ ? s_.batch - first : videos_;
      const Patches patches{s_, element_of(video_, first * s_.channels * s_.frames * s_.height * s_.width),
                            rows_};
      const int threads = threads_for(s_.patch_size() / vector_);
      MSTA_FOR_DTYPE(
          video_.dtype, T,
          launch(gpu_, gather_kernel<T>(vector_), grid_of_tokens(s_, videos), threads, 0, patches);)
      body(first, videos, Matrix{rows_, video_.dtype, s_.patch_size(), 1});
    }
  }

 private:
  Gpu& gpu_;
  const PatchEmbedShape& s_;
  const Operand& video_;
  int64_t videos_;
  int vector_;
  char* rows_;
};

// What is added to the product: cls + position[0], or position[1 + j] + temporal[t]. A block a row.
template <int n>
__global__ void put_embeddings(const PatchEmbedForward p, int64_t first_video) {
  const int64_t f = p.shape.features, token = blockIdx.x;
  const int64_t j = token > 0 ? (token - 1) / p.shape.frames : 0, t = token - 1 - j * p.shape.frames;
  const int64_t row = (first_video + blockIdx.y) * gridDim.x + token;
  for (int64_t i = int64_t{threadIdx.x} * n; i < f; i += blockDim.x * n) {
    float sum[n], term[n];
    load(p.position, (token > 0 ? 1 + j : 0) * f + i, sum);
    if (token > 0)
      load(p.temporal, t * f + i, term);
    else
      load(p.cls, i, term);
#pragma unroll
    for (int k = 0; k < n; k++) sum[k] += term[k];
    store(p.out, row * f + i, sum);
  }
}

// From the gradients summed over the videos, [tokens, features]: a block for CLS and for each patch.
__global__ void position_gradients(const PatchEmbedShape s, const float* sums, float* cls, float* position) {
  const int64_t f = s.features, frames = blockIdx.x > 0 ? s.frames : 1;
  const float* first = sums + (blockIdx.x > 0 ? 1 + (blockIdx.x - 1) * s.frames : 0) * f;
  for (int64_t i = threadIdx.x; i < f; i += blockDim.x) {
    float total = 0;
    for (int64_t t = 0; t < frames; t++) total += first[t * f + i];
    if (position) position[blockIdx.x * f + i] = total;
    if (cls && blockIdx.x == 0) cls[i] = total;
  }
}

void embedding_gradients(const PatchEmbedBackward& p, Gpu& gpu) {
  const PatchEmbedShape& s = p.shape;
  const int64_t count = s.tokens() * s.features;
  float* sums = gpu.scratch<float>(count);
  column_sums(gpu, s.batch, count, p.grad, 1, operand_of(sums, count));
  if (p.grad_cls || p.grad_position)
    launch(gpu, position_gradients, dim3{static_cast<unsigned>(1 + s.patches()), 1, 1},
           threads_for(s.features), 0, s, sums, p.grad_cls, p.grad_position);
  if (p.grad_temporal) {
    const int64_t columns = s.frames * s.features;
    column_sums(gpu, s.patches(), columns, operand_of(sums + s.features, s.patches() * columns), 1,
                operand_of(p.grad_temporal, columns));
  }
}

}  // namespace

void patch_embed_forward(const KernelArgs& args, Gpu& gpu) {
  const PatchEmbedForward p(args);
  const PatchEmbedShape& s = p.shape;
  const Matrix weight = transposed(row_major(p.weight, s.patch_size()));
  Slices(gpu, s, p.video).for_each([&](int64_t first, int64_t videos, const Matrix& patches) {
    MSTA_FOR_VECTOR_LENGTH(
        vector_length(s.features, p.out, p.position, p.temporal, p.cls), n,
        launch(gpu, put_embeddings<n>, grid_of_tokens(s, videos), threads_for(s.features / n), 0, p, first);)
    char* out = static_cast<char*>(p.out.data) + first * s.tokens() * s.features * dtype_size(p.out.dtype);
    Epilogue add;
    add.residual = out;
    multiply(gpu, videos * s.tokens(), s.patch_size(), s.features, patches, weight, out, p.out.dtype,
             s.features, add);
  });
}

void patch_embed_backward(const KernelArgs& args, Gpu& gpu) {
  const PatchEmbedBackward p(args);
  const PatchEmbedShape& s = p.shape;
  if (p.grad_cls || p.grad_position || p.grad_temporal) embedding_gradients(p, gpu);
  if (!p.grad_weight) return;
  if (s.batch == 0)
    gpu.clear(p.grad_weight.data, s.features * s.patch_size() * dtype_size(p.grad_weight.dtype));
  Slices(gpu, s, p.video).for_each([&](int64_t first, int64_t videos, const Matrix& patches) {
    const Matrix grad{element_of(p.grad, first * s.tokens() * s.features), p.grad.dtype, s.features, 1};
    Epilogue add;
    if (first > 0) add.residual = p.grad_weight.data;
    multiply(gpu, s.features, videos * s.tokens(), s.patch_size(), transposed(grad), patches,
             p.grad_weight.data, p.grad_weight.dtype, s.patch_size(), add);
  });
}

}  // namespace msta::cuda
