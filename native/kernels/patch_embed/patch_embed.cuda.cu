#include "patch_embed.h"

#include "../../cuda/kernels.h"

namespace msta::cuda {

void patch_embed_forward(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }
void patch_embed_backward(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }

}  // namespace msta::cuda
