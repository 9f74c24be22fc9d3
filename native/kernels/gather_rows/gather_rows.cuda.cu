#include "gather_rows.h"

#include "../../cuda/kernels.h"

namespace msta::cuda {

void gather_rows_forward(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }
void gather_rows_backward(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }

}  // namespace msta::cuda
