import type { Job } from '../runtime/job.js'
import { combine } from '../tensor/ops/combine.js'
import { meanOfSquares } from '../tensor/ops/mean.js'
import { scope } from '../tensor/scope.js'
import type { Gradients } from '../tensor/tape.js'
import type { Tensor } from '../tensor/tensor.js'

/** Square root of the sum of the squares of all gradients; infinite or NaN when one of them is. */
export async function gradientNorm(
  gradients: Gradients,
  parameters: readonly Tensor[],
  job: Job,
): Promise<number> {
  const own = parameters.map((parameter) => gradients.get(parameter)).filter((each) => each !== undefined)
  const means = await job.run(() => scope(() => Promise.all(own.map((each) => meanOfSquares(each).data()))))
  return Math.sqrt(means.reduce((sum, [mean], i) => sum + mean! * own[i]!.size, 0))
}

/** Scales all gradients in place so that their norm is at most `most`, as torch.nn.utils.clip_grad_norm_. */
export function clipGradients(
  gradients: Gradients,
  parameters: readonly Tensor[],
  norm: number,
  most: number,
): void {
  if (norm <= most) return
  for (const parameter of parameters) {
    const gradient = gradients.get(parameter)
    if (gradient) combine([gradient], [most / (norm + 1e-6)], { out: gradient })
  }
}
