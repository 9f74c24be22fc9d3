#include "random_normal.h"

#include "../../cuda/kernels.h"

namespace msta::cuda {

void random_normal(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }

}  // namespace msta::cuda
