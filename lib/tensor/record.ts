import type { Tensor } from './tensor.js'

/** A tensor, or nothing where an operand or a gradient is absent. */
export type MaybeTensor = Tensor | null | undefined
/** What a tensor's values can be made from again, so that a backward need not keep them. */
export interface Remake {
  /** Kept in its place. */
  from: Tensor
  /** @returns the same bits from `from` */
  remake(from: Tensor): Tensor
}
/** Given the gradients of an operation's outputs, those of its inputs, in order; null where none flows. */
export type Backward = (grads: (Tensor | null)[], needed: boolean[]) => MaybeTensor[]

/** What operations report themselves to: a tape. */
export interface Recorder {
  add(op: string, inputs: MaybeTensor[], outputs: Tensor[], saved: Tensor[], backward: Backward): void
}

let active: Recorder | undefined

/** Runs a synchronous function with `recorder` told of every operation that needs a gradient. */
export function recording<T>(recorder: Recorder, body: () => T): T {
  const before = active
  active = recorder
  try {
    return body()
  } finally {
    active = before
  }
}

/** Whether a tape is listening and one of the tensors needs a gradient. */
export function isTracked(...tensors: MaybeTensor[]): boolean {
  return active !== undefined && tensors.some((t) => t?.requiresGrad)
}

/**
 * Puts an operation on the listening tape, if an input needs a gradient. `saved` tensors stay alive for `backward`,
 * which gets the handles it may use.
 */
export function record<Saved extends Record<string, MaybeTensor>>(
  op: string,
  inputs: MaybeTensor[],
  outputs: Tensor[],
  saved: Saved,
  backward: (saved: Saved, grads: (Tensor | null)[], needed: boolean[]) => MaybeTensor[],
): void {
  if (!active || !isTracked(...inputs)) return
  const handles = Object.fromEntries(
    Object.entries(saved).map(([name, tensor]) => [name, tensor?.share() ?? tensor]),
  ) as Saved
  const kept = Object.values(handles).filter((t): t is Tensor => t != null)
  active.add(op, inputs, outputs, kept, (grads, needed) => backward(handles, grads, needed))
}
