#include "adamw.h"

#include "../../cuda/kernels.h"

namespace msta::cuda {

void adamw(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }

}  // namespace msta::cuda
