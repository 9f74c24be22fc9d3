#include "temporal_conv.h"

#include "../../cuda/kernels.h"

namespace msta::cuda {

void temporal_conv_forward(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }
void temporal_conv_backward(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }

}  // namespace msta::cuda
