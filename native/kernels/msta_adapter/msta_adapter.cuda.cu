#include "msta_adapter.h"

#include "../../cuda/kernels.h"

namespace msta::cuda {

void msta_adapter_forward(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }
void msta_adapter_backward(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }

}  // namespace msta::cuda
