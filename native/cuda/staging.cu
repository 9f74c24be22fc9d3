#include <cstring>

#include "staging.h"

namespace msta::cuda {

namespace {
constexpr size_t slot_bytes = size_t{8} << 20;
}

Staging::Staging(cudaStream_t compute) : compute_(compute) {
  check(cudaStreamCreateWithFlags(&copy_, cudaStreamNonBlocking), "staging");
}

Staging::~Staging() {
  cudaStreamSynchronize(copy_);
  cudaStreamSynchronize(compute_);
  for (Slot& slot : slots_) {
    if (slot.arrived) cudaEventDestroy(slot.arrived);
    if (slot.used) cudaEventDestroy(slot.used);
    cudaFree(slot.device);
    if (slot.pinned) cudaFreeHost(slot.pinned);
  }
  cudaStreamDestroy(copy_);
}

// A slot that nothing uses any more; its memory is made at its first use.
Staging::Slot& Staging::next_slot() {
  Slot& slot = slots_[next_++ % slot_count];
  if (!slot.pinned) check(cudaMallocHost(&slot.pinned, slot_bytes), "staging");
  if (!slot.device) check(cudaMalloc(&slot.device, slot_bytes), "staging");
  if (!slot.arrived) check(cudaEventCreateWithFlags(&slot.arrived, cudaEventDisableTiming), "staging");
  if (!slot.used)
    check(cudaEventCreateWithFlags(&slot.used, cudaEventDisableTiming), "staging");
  else
    check(cudaEventSynchronize(slot.used), "staging");
  return slot;
}

void Staging::upload(void* target, const void* source, size_t bytes) {
  for (size_t done = 0; done < bytes; done += slot_bytes) {
    const size_t part = bytes - done < slot_bytes ? bytes - done : slot_bytes;
    Slot& slot = next_slot();
    std::memcpy(slot.pinned, static_cast<const char*>(source) + done, part);
    check(cudaMemcpyAsync(slot.device, slot.pinned, part, cudaMemcpyHostToDevice, copy_), "upload");
    check(cudaEventRecord(slot.arrived, copy_), "upload");
    check(cudaStreamWaitEvent(compute_, slot.arrived, 0), "upload");
    check(cudaMemcpyAsync(static_cast<char*>(target) + done, slot.device, part, cudaMemcpyDeviceToDevice,
                          compute_),
          "upload");
    check(cudaEventRecord(slot.used, compute_), "upload");
  }
}

void Staging::download(void* target, const void* source, size_t bytes) {
  for (size_t done = 0; done < bytes; done += slot_bytes) {
    const size_t part = bytes - done < slot_bytes ? bytes - done : slot_bytes;
    Slot& slot = next_slot();
    check(cudaMemcpyAsync(slot.pinned, static_cast<const char*>(source) + done, part, cudaMemcpyDeviceToHost,
                          compute_),
          "download");
    check(cudaStreamSynchronize(compute_), "download");
    std::memcpy(static_cast<char*>(target) + done, slot.pinned, part);
  }
}

}  // namespace msta::cuda
