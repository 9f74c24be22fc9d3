#include "softmax_cross_entropy.h"

#include "../../cuda/kernels.h"

namespace msta::cuda {

void softmax_cross_entropy_forward(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }
void softmax_cross_entropy_backward(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }

}  // namespace msta::cuda
