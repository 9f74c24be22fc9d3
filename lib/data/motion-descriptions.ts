import type { CompoundMotionName } from './motions.js'

/** Sentences of every motion, by kind, in the order of the names. */
export interface DescribedMotions {
  /** What is seen. */
  spatial: string[][]
  /** What happens, step by step. */
  temporal: string[][]
}

/** Words for one of two motions at once. */
interface Words {
  /** "a shape, ..." */
  seen: string
  /** "it ..." */
  does: string
  /** "it is ...", before and after; left out where it is as before. */
  start?: string
  end?: string
}

const WORDS: Record<string, Words> = {
  growing: { seen: 'growing in size', does: 'gets bigger and bigger', start: 'small', end: 'large' },
  shrinking: { seen: 'shrinking in size', does: 'gets smaller and smaller', start: 'large', end: 'small' },
  blinking: { seen: 'blinking on and off', does: 'appears and disappears again and again' },
  'fading out': { seen: 'fading away', does: 'slowly disappears', start: 'bright', end: 'invisible' },
  'moving left': {
    seen: 'on its way to the left edge',
    does: 'moves to the left',
    start: 'on the right',
    end: 'on the left',
  },
  'moving right': {
    seen: 'on its way to the right edge',
    does: 'moves to the right',
    start: 'on the left',
    end: 'on the right',
  },
  'moving up': {
    seen: 'on its way to the top edge',
    does: 'rises',
    start: 'at the bottom',
    end: 'at the top',
  },
  'moving down': {
    seen: 'on its way to the bottom edge',
    does: 'sinks',
    start: 'at the top',
    end: 'at the bottom',
  },
}

/**
 * Descriptions of two motions at once for MSTA+, two sentences of each kind, as a language model would write them: how
 * the class looks, and what happens first, then, and last. They tell of the class, never of a clip.
 */
export function describeMotions(names: readonly CompoundMotionName[]): DescribedMotions {
  const described = names.map((name) => describe(name.split(' while ').map((part) => WORDS[part]!)))
  return {
    spatial: described.map(({ spatial }) => spatial),
    temporal: described.map(({ temporal }) => temporal),
  }
}

function describe(parts: readonly Words[]): { spatial: string[]; temporal: string[] } {
  const joined = (key: keyof Words, between: string) =>
    parts
      .map((words) => words[key])
      .filter((words) => words !== undefined)
      .join(between)
  const seen = joined('seen', ' and ')
  const [start, end] = [joined('start', ' and '), joined('end', ' and ')]
  return {
    spatial: [`A bright shape on a dark background, ${seen}.`, `A single coloured object ${seen}.`],
    temporal: [
      `The shape is ${start} at first and ${joined('does', ' and ')} until it is ${end}.`,
      `It ${joined('does', ' while it ')}, and is ${end} at the end.`,
    ],
  }
}
