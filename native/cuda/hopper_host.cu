#include "hopper_host.h"

#include <cstdlib>

namespace msta::cuda {

bool use_wgmma() {
  static const bool use = [] {
    const char* wish = std::getenv("MSTA_CUDA_WGMMA");
    return wish && *wish == '1';
  }();
  return use;
}

TensorMap tensor_map(const Matrices& of, int rows, bool several) {
  static const auto encode = [] {
    void* function = nullptr;
    cudaDriverEntryPointQueryResult found;
    check(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, 12000, cudaEnableDefault,
                                           &found),
          "find cuTensorMapEncodeTiled");
    if (!function) throw Error("ERR_DEVICE", "the CUDA driver has no cuTensorMapEncodeTiled");
    return reinterpret_cast<decltype(&cuTensorMapEncodeTiled)>(function);
  }();
  const cuuint64_t size[] = {static_cast<cuuint64_t>(of.width), static_cast<cuuint64_t>(of.height),
                             static_cast<cuuint64_t>(of.count)};
  const cuuint64_t stride[] = {static_cast<cuuint64_t>(of.pitch) * 2, static_cast<cuuint64_t>(of.plane) * 2};
  const cuuint32_t box[] = {64, static_cast<cuuint32_t>(rows), 1};
  const cuuint32_t every[] = {1, 1, 1};
  TensorMap map;
  const auto result =
      encode(&map, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, several ? 3 : 2, const_cast<bf16*>(of.data), size,
             stride, box, every, CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
             CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (result != CUDA_SUCCESS) throw Error("ERR_DEVICE", "cuTensorMapEncodeTiled refused a matrix");
  return map;
}

}  // namespace msta::cuda
