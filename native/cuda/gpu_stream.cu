#include "gpu_stream.h"

namespace msta::cuda {

void check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  cudaGetLastError();  // a launch must not report it again
  if (error == cudaErrorMemoryAllocation)
    throw Error("ERR_OUT_OF_MEMORY", std::string("[") + what + "] the GPU has no memory left");
  throw Error("ERR_DEVICE", std::string("[") + what + "] " + cudaGetErrorString(error));
}

void* Arena::allocate(int64_t bytes) {
  constexpr size_t alignment = 256;
  const size_t size = (static_cast<size_t>(bytes) + alignment) / alignment * alignment;
  for (; block_ < blocks_.size(); block_++, used_ = 0)
    if (used_ + size <= blocks_[block_].size) {
      void* data = static_cast<char*>(blocks_[block_].data) + used_;
      used_ += size;
      return data;
    }
  size_t total = 0;
  for (const Block& block : blocks_) total += block.size;
  const size_t wanted = size > total ? size : total;
  void* data = nullptr;
  if (cudaMalloc(&data, wanted) != cudaSuccess) {
    cudaGetLastError();
    throw Error("ERR_OUT_OF_MEMORY",
                "cannot allocate " + std::to_string(wanted) + " bytes of kernel scratch on the GPU");
  }
  blocks_.push_back({data, wanted});
  block_ = blocks_.size() - 1;
  used_ = size;
  return data;
}

void Arena::release() {
  for (const Block& block : blocks_) cudaFree(block.data);
  blocks_.clear();
  reset();
}

IndexCheck Gpu::index_check(const char* name, int64_t limit) {
  constexpr size_t most_sites = 4096;  // more than can be under way at once
  if (sites_.size() < most_sites) sites_.resize(sites_.size() + 1);
  const size_t at = next_site_++ % most_sites;
  sites_[at] = {op, name, limit, tag};
  return {report, static_cast<int>(at) + 1, limit};
}

void Gpu::throw_reported_index() {
  if (!report || report->site == 0) return;
  const Site& site = sites_[static_cast<size_t>(report->site) - 1];
  const int index = report->index;
  *report = {0, 0};
  throw Error("ERR_SHAPE",
              "[" + site.op + "] " + site.name + ": expected " + std::to_string(site.limit - 1) +
                  " but has " + std::to_string(index),
              site.tag == tag_of_graph ? graph_tag : site.tag);
}

}  // namespace msta::cuda

namespace msta {

void fail_kernel(const KernelArgs& args, const char* what, int64_t expected, int64_t actual) {
  throw Error("ERR_SHAPE", std::string("[") + args.op + "] " + what + ": expected " +
                               std::to_string(expected) + " but has " + std::to_string(actual));
}

}  // namespace msta
