import { setImmediate } from 'node:timers/promises'

// Well below what a caller's timers and sockets would notice.
const TURN_MS = 5

/**
 * Runs a long computation that yields often, giving the event loop its turn every few milliseconds.
 * @throws the signal's reason; what the computation throws
 */
export async function inTurns<T>(work: Generator<void, T>, signal?: AbortSignal): Promise<T> {
  let turnEnds = performance.now() + TURN_MS
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
    if (performance.now() < turnEnds) continue
    await setImmediate()
    signal?.throwIfAborted()
    turnEnds = performance.now() + TURN_MS
  }
}
