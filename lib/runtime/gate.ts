const MOST_SPENT = 1024

/** Lets at most `width` tasks run at a time; the others wait their turn. */
export function createGate(width: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  let first = 0
  const takeNext = () => {
    // Taken off the front only now and then, because each time moves all the others.
    if (first === MOST_SPENT) {
      waiting.splice(0, first)
      first = 0
    }
    return first < waiting.length ? waiting[first++] : undefined
  }
  return async (task) => {
    if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await task()
    } finally {
      // The place is handed over, not freed, so that nobody slips in between.
      const next = takeNext()
      if (next) next()
      else running--
    }
  }
}
