import type { Axis, Searched } from './axes.js'
import type { Trial } from './trial.js'

/**
 * Searches one axis after another, each from the best of those before, for the largest harmonic mean.
 * @param tryOut called once for each setting
 * @returns the best one
 */
export async function search(
  { fixed, axes }: Pick<Searched, 'fixed' | 'axes'>,
  tryOut: (changes: string[]) => Promise<Trial>,
): Promise<Trial> {
  const tried = new Map<string, Trial>()
  let values = axes.map(second)
  let best: Trial | undefined
  for (const [i, axis] of axes.entries()) {
    for (const value of axis.values) {
      const own = values.with(i, value)
      const changes = [...fixed, ...axes.map(({ key }, k) => `${key}=${own[k]}`)]
      const name = changes.join(' ')
      const trial = tried.get(name) ?? (await tryOut(changes))
      tried.set(name, trial)
      if (best && trial.hm <= best.hm) continue
      best = trial
      values = own
    }
  }
  return best!
}

const second = ({ values }: Axis): number => values[1]!
