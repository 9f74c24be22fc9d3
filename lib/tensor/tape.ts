import { setImmediate } from 'node:timers/promises'
import { MstaError } from '../runtime/errors.js'
import type { Job } from '../runtime/job.js'
import { combine } from './ops/combine.js'
import { type Backward, type MaybeTensor, type Recorder, recording } from './record.js'
import { scope } from './scope.js'
import type { Tensor } from './tensor.js'

/** Milliseconds of enqueueing between two turns of the event loop. */
const TURN_MS = 3

interface TapeEntry {
  op: string
  inputs: (number | null)[]
  outputs: number[]
  saved: Tensor[]
  backward: Backward
}

/** Gradients of a loss, by parameter. A parameter that the loss does not depend on has none (a zero gradient). */
export class Gradients {
  constructor(private readonly byTensor: Map<Tensor, Tensor>) {}

  /** Of the parameter's shape; undefined where the loss does not depend on it. */
  get(parameter: Tensor): Tensor | undefined {
    return this.byTensor.get(parameter)
  }

  /** Frees all of them. */
  dispose(): void {
    for (const gradient of this.byTensor.values()) gradient.dispose()
    this.byTensor.clear()
  }
}

/**
 * Remembers the operations run under it, so that {@link backward} can follow them back. It holds on to the tensors
 * they need, and lets go of them in `backward` or `dispose`.
 */
export class Tape implements Recorder {
  private entries: TapeEntry[] = []

  /** Runs `forward` (synchronous) with this tape listening. */
  watch<T>(forward: () => T): T {
    return recording(this, forward)
  }

  /** Called by operations, through `record`. */
  add(op: string, inputs: MaybeTensor[], outputs: Tensor[], saved: Tensor[], backward: Backward): void {
    this.entries.push({
      op,
      inputs: inputs.map((t) => (t?.requiresGrad ? t.id : null)),
      outputs: outputs.map((t) => t.id),
      saved,
      backward,
    })
    for (const output of outputs) output.requiresGrad = true
  }

  /**
   * Gradients of `loss` [1] with respect to `parameters`. The tape is empty afterwards.
   *
   * @throws MstaError ERR_ARGUMENT when the loss does not depend on any tensor that requires a gradient
   */
  backward(loss: Tensor, parameters: Iterable<Tensor>): Gradients {
    return toEnd(this.followBack(loss, parameters))
  }

  /** As {@link backward}, of any tensor made under the tape, given its gradient, which becomes the tape's. */
  backwardFrom(output: Tensor, grad: Tensor, inputs: Iterable<Tensor>): Gradients {
    return toEnd(this.followBackFrom(output, grad, inputs))
  }

  /** As {@link backward}, on a job, with turns for the event loop in between. */
  async backwardInTurns(loss: Tensor, parameters: Iterable<Tensor>, job: Job): Promise<Gradients> {
    const steps = this.followBack(loss, parameters)
    const turn = () => {
      const end = performance.now() + TURN_MS
      while (performance.now() < end) {
        const { done, value } = steps.next()
        if (done) return value
      }
      return undefined
    }
    try {
      for (;;) {
        const gradients = job.run(turn)
        if (gradients) return gradients
        await setImmediate()
      }
    } finally {
      // After an abort: runs the clean-up that a throw inside would have run.
      steps.return(undefined as never)
    }
  }

  private *followBack(loss: Tensor, parameters: Iterable<Tensor>): Generator<void, Gradients> {
    if (!loss.requiresGrad || loss.size !== 1)
      throw new MstaError(
        'ERR_ARGUMENT',
        'backward needs a scalar loss that depends on a trainable parameter',
      )
    return yield* this.followBackFrom(loss, combine([], [], { like: loss, constant: 1 }), parameters)
  }

  private *followBackFrom(
    output: Tensor,
    grad: Tensor,
    parameters: Iterable<Tensor>,
  ): Generator<void, Gradients> {
    const wanted = [...parameters]
    const keep = new Set(wanted.map(({ id }) => id))
    const grads = new Map([[output.id, grad.keep()]])
    try {
      for (let entry = this.entries.pop(); entry; entry = this.entries.pop()) {
        try {
          this.follow(entry, grads, keep)
        } finally {
          for (const tensor of entry.saved) tensor.dispose()
        }
        yield
      }
      const result = new Map<Tensor, Tensor>()
      for (const parameter of wanted) {
        const grad = grads.get(parameter.id)
        if (grad) result.set(parameter, grad)
        grads.delete(parameter.id)
      }
      return new Gradients(result)
    } finally {
      for (const grad of grads.values()) grad.dispose()
      this.dispose()
    }
  }

  /** Lets go of everything remembered. */
  dispose(): void {
    for (const entry of this.entries) for (const tensor of entry.saved) tensor.dispose()
    this.entries = []
  }

  private follow(entry: TapeEntry, grads: Map<number, Tensor>, wanted: Set<number>): void {
    const outputs = entry.outputs.map((id) => grads.get(id) ?? null)
    if (outputs.some((grad) => grad !== null)) {
      const needed = entry.inputs.map((id) => id !== null)
      const results = scope(() => entry.backward(outputs, needed).map((grad) => grad ?? null))
      results.forEach((grad, i) => {
        const id = entry.inputs[i]
        if (!grad) return
        if (id == null) grad.dispose()
        else accumulate(grads, id, grad.keep())
      })
    }
    for (const id of entry.outputs) {
      if (wanted.has(id)) continue
      grads.get(id)?.dispose()
      grads.delete(id)
    }
  }
}

function toEnd<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

function accumulate(grads: Map<number, Tensor>, id: number, grad: Tensor): void {
  const sum = grads.get(id)
  if (!sum) {
    grads.set(id, grad)
    return
  }
  // In place only where nobody else reads the memory (a residual's gradient is shared, not copied).
  const target = sum.isSoleUser ? sum : grad.isSoleUser && grad.dtype === sum.dtype ? grad : undefined
  const total = combine([sum, grad], [1, 1], { out: target }).keep()
  for (const used of [sum, grad]) if (used !== total) used.dispose()
  grads.set(id, total)
}
