#pragma once
#include "gpu_stream.h"

namespace msta::cuda {

// Copies between the host and a GPU through pinned memory. An upload's way to the GPU overlaps with the
// kernels enqueued before it: it goes to memory of its own by a second stream, and only the last step, from
// there to its target, takes its turn among the kernels.
class Staging {
 public:
  explicit Staging(cudaStream_t compute);
  ~Staging();
  Staging(const Staging&) = delete;

  // Returns when `source` may be changed.
  void upload(void* target, const void* source, size_t bytes);
  // Returns when `target` is filled.
  void download(void* target, const void* source, size_t bytes);

 private:
  struct Slot {
    void *pinned = nullptr, *device = nullptr;
    cudaEvent_t arrived = nullptr, used = nullptr;
  };
  Slot& next_slot();

  cudaStream_t compute_, copy_ = nullptr;
  static constexpr int slot_count = 4;
  Slot slots_[slot_count];
  int next_ = 0;
};

}  // namespace msta::cuda
