#include "video_transform.h"

#include "../../cuda/kernels.h"

namespace msta::cuda {

void video_transform(const KernelArgs&, Gpu&) { throw Error("ERR_NATIVE", "not written yet"); }

}  // namespace msta::cuda
