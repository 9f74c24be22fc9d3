#pragma once
#include "../../cuda/elements.h"
#include "msta_adapter.h"

// What the temporal convolution needs of multiply_rows (msta_adapter.cuda.h): an order of rows in which no
// patch lies in two tiles, so that a tile of z has all that its rows' convolution reads.
namespace msta::cuda {

// The rows of a block's tile are neighbours.
struct NeighbouringRows {
  int64_t first;
  __device__ __forceinline__ int64_t operator[](int line) const { return first + line; }
};

// They are those of a list in shared memory.
struct ListedRows {
  const int* rows;
  __device__ __forceinline__ int64_t operator[](int line) const { return rows[line]; }
};

// The convolution of tiles of z. Places are those of rows in the order in which blocks take them: the rows of
// patches, then the CLS rows of all videos.
struct RowsConvolution {
  Operand weight, bias;
  int rows, patch_rows, tokens, frames;  // frames: a power of two, and tiles are of whole patches
  int width, taps, group_in, group_out;

  explicit RowsConvolution(const MstaAdapterForward& p)
      : weight(p.temporal_weight),
        bias(p.temporal_bias),
        rows(static_cast<int>(p.rows)),
        patch_rows(static_cast<int>(p.rows - p.rows / p.tokens)),
        tokens(static_cast<int>(p.tokens)),
        frames(static_cast<int>(p.frames)),
        width(static_cast<int>(p.width)),
        taps(static_cast<int>(p.kernel)),
        group_in(static_cast<int>(p.dim / p.groups)),
        group_out(static_cast<int>(p.width / p.groups)) {}

  // `rows` where there is none.
  __device__ __forceinline__ int row_at(int place) const {
    if (place < patch_rows) return place + place / (tokens - 1) + 1;
    return place < rows ? (place - patch_rows) * tokens : rows;
  }

  // The first channel of z that each of eight channels of the output reads.
  __device__ __forceinline__ void first_inputs(int channel, int (&inputs)[8]) const {
    int group = channel / group_out, rest = channel % group_out;
#pragma unroll
    for (int v = 0; v < 8; v++) {
      inputs[v] = group * group_in;
      if (++rest == group_out) rest = 0, group++;
    }
  }

  // The weights of eight channels of the output for an input of theirs and a tap.
  __device__ __forceinline__ void read_weights(int channel, int input, int tap, float (&x)[8]) const {
    const int each = group_in * taps;
    const int64_t first = int64_t{channel} * each + input * taps + tap;
#pragma unroll
    for (int v = 0; v < 8; v++) x[v] = element(weight, first + v * each);
  }
};

// Whether multiply_rows can convolve, too, where it takes the products: any tile begins with a patch, and the
// convolution is small beside the products.
inline bool suits_rows_convolution(const MstaAdapterForward& p) {
  constexpr int64_t smallest_tile = 32, most_products = 6;
  return p.frames > 0 && smallest_tile % p.frames == 0 && p.dim / p.groups * p.kernel <= most_products &&
         p.rows < INT32_MAX / 2;
}

}  // namespace msta::cuda
