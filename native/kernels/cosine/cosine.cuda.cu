#include "cosine.h"

#include "../../cuda/kernels.h"

namespace msta::cuda {

void cosine_forward(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }
void cosine_backward(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }

}  // namespace msta::cuda
