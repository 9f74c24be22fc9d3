import { type AdamWState, adamwUpdate } from '../tensor/ops/adamw.js'
import { combine } from '../tensor/ops/combine.js'
import type { Gradients } from '../tensor/tape.js'
import { Tensor } from '../tensor/tensor.js'

/** AdamW's constants; SPEC section 4 unless given. */
export interface AdamWOptions {
  betas?: readonly [number, number]
  eps?: number
  weightDecay?: number
}

/** The moments and the step count, for a checkpoint. */
export interface OptimizerState {
  step: number
  /** `NAME.first` and `NAME.second`, by parameter name. */
  moments: Map<string, { shape: readonly number[]; data: Float32Array }>
}

/** AdamW with decoupled weight decay on every parameter, as torch.optim.AdamW. */
export class AdamW {
  private readonly states = new Map<string, AdamWState>()
  private readonly options: Required<AdamWOptions>
  /** Updates done. */
  steps = 0

  /** @param parameters float32 tensors by name */
  constructor(parameters: Iterable<[string, Tensor]>, options: AdamWOptions = {}) {
    this.options = { betas: [0.9, 0.98], eps: 1e-8, weightDecay: 1e-3, ...options }
    for (const [name, parameter] of parameters) {
      const zeros = () => {
        const tensor = Tensor.empty(parameter.device, parameter.shape).keep()
        return combine([], [], { like: tensor, out: tensor })
      }
      this.states.set(name, { parameter, firstMoment: zeros(), secondMoment: zeros() })
    }
  }

  /** Updates every parameter in place; one without a gradient still decays. */
  step(gradients: Gradients, learningRate: number): void {
    this.steps++
    const options = { ...this.options, step: this.steps, learningRate }
    adamwUpdate([...this.states.values()], (parameter) => gradients.get(parameter), options)
  }

  async state(): Promise<OptimizerState> {
    const moments: OptimizerState['moments'] = new Map()
    for (const [name, { firstMoment, secondMoment }] of this.states) {
      moments.set(`${name}.first`, { shape: firstMoment.shape, data: await firstMoment.data() })
      moments.set(`${name}.second`, { shape: secondMoment.shape, data: await secondMoment.data() })
    }
    return { step: this.steps, moments }
  }

  /** Restores what {@link state} gave. @throws MstaError ERR_SHAPE */
  restore(state: { step: number; moments: ReadonlyMap<string, { data: ArrayLike<number> }> }): void {
    for (const [name, { firstMoment, secondMoment }] of this.states) {
      firstMoment.set(state.moments.get(`${name}.first`)?.data ?? [])
      secondMoment.set(state.moments.get(`${name}.second`)?.data ?? [])
    }
    this.steps = state.step
  }

  dispose(): void {
    for (const { firstMoment, secondMoment } of this.states.values()) {
      firstMoment.dispose()
      secondMoment.dispose()
    }
    this.states.clear()
  }
}
