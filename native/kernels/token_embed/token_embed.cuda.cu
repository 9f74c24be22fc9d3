#include "token_embed.h"

#include "../../cuda/kernels.h"

namespace msta::cuda {

void token_embed_forward(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }
void token_embed_backward(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }

}  // namespace msta::cuda
