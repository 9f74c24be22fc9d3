#include "reduce_mean.h"

#include "../../cuda/kernels.h"

namespace msta::cuda {

void reduce_mean_forward(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }
void reduce_mean_backward(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }

}  // namespace msta::cuda
