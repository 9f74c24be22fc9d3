import type { MotionName } from '../../lib/data/motions.js'

/** A motion told step by step. */
interface Story {
  /** How it is before and after: "it is ..."; left out where that tells nothing. */
  start?: string
  /** "It ...". */
  middle: readonly string[]
  end?: string
}

const STORIES: Record<MotionName, Story> = {
  'moving left': { start: 'on the right', middle: ['slides to the left', 'moves left'], end: 'on the left' },
  'moving right': {
    start: 'on the left',
    middle: ['slides to the right', 'moves right'],
    end: 'on the right',
  },
  'moving up': { start: 'at the bottom', middle: ['rises', 'moves up'], end: 'at the top' },
  'moving down': { start: 'at the top', middle: ['sinks', 'moves down'], end: 'at the bottom' },
  growing: { start: 'small', middle: ['gets bigger and bigger', 'grows'], end: 'large' },
  shrinking: { start: 'large', middle: ['gets smaller and smaller', 'shrinks'], end: 'small' },
  circling: { middle: ['goes around the middle in a circle', 'circles'] },
  blinking: { middle: ['appears and disappears again and again', 'blinks'] },
  'turning clockwise': { middle: ['turns clockwise', 'turns like the hands of a clock'] },
  'turning counterclockwise': { middle: ['turns counterclockwise', 'turns against the hands of a clock'] },
  'fading in': { start: 'invisible', middle: ['slowly appears', 'fades in'], end: 'bright' },
  'fading out': { start: 'bright', middle: ['slowly disappears', 'fades out'], end: 'invisible' },
  'swinging left and right': { middle: ['goes from side to side', 'swings left and right'] },
  'bouncing up and down': { middle: ['jumps and falls again and again', 'bounces up and down'] },
  trembling: { middle: ['shakes around its place', 'trembles'] },
  'standing still': { middle: ['stays where it is', 'does not change'] },
}

/** Motions that happen at once, as a sentence on what is seen first, then, and last. */
export function tellStory(
  subject: string,
  motions: readonly MotionName[],
  pick: <T>(words: readonly T[]) => T,
): string {
  const stories = motions.map((motion) => STORIES[motion])
  const joined = (parts: readonly (string | undefined)[]) =>
    parts.filter((part) => part !== undefined).join(' and ')
  const middle = stories.map((story) => pick(story.middle)).join(pick([' and ', ' while it ']))
  const start = joined(stories.map((story) => story.start))
  const end = joined(stories.map((story) => story.end))
  if (start === '') return `${subject} ${middle}`
  return pick([
    `${subject} is ${start} at first and ${middle} until it is ${end}`,
    `${subject} ${middle}, first it is ${start} and at the end it is ${end}`,
    `first ${subject} is ${start}, then it ${middle}`,
    `${subject} ${middle} and is ${end} at the end`,
  ])
}
