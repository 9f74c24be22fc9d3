#include "linear.h"

#include "../../cuda/kernels.h"

namespace msta::cuda {

void linear_forward(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }
void linear_backward(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }

}  // namespace msta::cuda
