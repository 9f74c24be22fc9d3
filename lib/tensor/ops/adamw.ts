import type { Tensor } from '../tensor.js'

/** One AdamW update's settings; `step` counts from 1. */
export interface AdamWStep {
  step: number
  learningRate: number
  betas: readonly [number, number]
  eps: number
  weightDecay: number
}

/** A parameter with its moments, all float32 and of one shape, updated in place. */
export interface AdamWState {
  parameter: Tensor
  firstMoment: Tensor
  secondMoment: Tensor
}

/** Parameters that one call of the kernel updates at most (`native/kernels/adamw/adamw.h`). */
const MOST_TENSORS = 32

/**
 * Updates parameters of one device as torch.optim.AdamW does; one without a gradient has a zero one (it still decays).
 */
export function adamwUpdate(
  states: readonly AdamWState[],
  gradientOf: (parameter: Tensor) => Tensor | undefined,
  { step, learningRate, betas, eps, weightDecay }: AdamWStep,
): void {
  for (let first = 0; first < states.length; first += MOST_TENSORS) {
    const group = states.slice(first, first + MOST_TENSORS)
    const operands: Record<string, Tensor | undefined> = {}
    group.forEach(({ parameter, firstMoment, secondMoment }, i) => {
      operands[`parameter${i}`] = parameter
      operands[`firstMoment${i}`] = firstMoment
      operands[`secondMoment${i}`] = secondMoment
      operands[`gradient${i}`] = gradientOf(parameter)
    })
    const constants = [step, learningRate, ...betas, eps, weightDecay]
    const counts = group.map(({ parameter }) => parameter.size)
    group[0]!.parameter.device.launch('adamw', operands, [group.length, ...constants, ...counts])
  }
}
