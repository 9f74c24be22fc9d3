import { setTimeout as sleep } from 'node:timers/promises'
import { ServiceError } from './service.js'

const LONGEST_BACKOFF_MS = 60_000
const LONGEST_ASKED_WAIT_MS = 600_000

/**
 * Asks a service again when it may help. A wait that it asked for (Retry-After) holds for every request; other waits
 * double from one attempt to the next.
 */
export class Patience {
  #notBefore = 0

  constructor(
    private readonly attempts: number,
    private readonly firstWaitMs: number,
    private readonly onWait: (why: string, ms: number) => void,
  ) {}

  /** What `ask` returns. Throws what the last attempt threw, as soon as no further one can help; the signal's reason. */
  async run<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      await this.#wait(signal)
      try {
        return await ask()
      } catch (error) {
        if (!(error instanceof ServiceError) || error.remedy === 'stop' || attempt >= this.attempts)
          throw error
        const { waitMs } = error
        if (waitMs !== undefined && waitMs > LONGEST_ASKED_WAIT_MS)
          throw new ServiceError(
            `${error.message}; it asks to wait ${Math.ceil(waitMs / 60_000)} minutes`,
            'stop',
          )
        const ms = waitMs ?? this.#backoff(attempt)
        this.onWait(error.message, ms)
        if (waitMs === undefined) await pause(ms, signal)
        else this.#notBefore = Math.max(this.#notBefore, Date.now() + ms)
      }
    }
  }

  #backoff(attempt: number): number {
    // Spread, so that requests that failed together do not come again together.
    const spread = 0.75 + Math.random() / 2
    return Math.min(LONGEST_BACKOFF_MS, this.firstWaitMs * 2 ** (attempt - 1)) * spread
  }

  async #wait(signal: AbortSignal): Promise<void> {
    for (let ms = this.#notBefore - Date.now(); ms > 0; ms = this.#notBefore - Date.now())
      await pause(ms, signal)
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
}
