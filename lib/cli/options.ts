import { UsageError } from './exit.js'

/** Of an option given more than once the last one counts, as with most programs. */
function last(value: unknown): unknown {
  return Array.isArray(value) ? value.at(-1) : value
}

/** Settings of an option that takes a word. */
export function word(describe: string) {
  return {
    type: 'string',
    requiresArg: true,
    describe,
    coerce: (value: unknown) => String(last(value)),
  } as const
}

/** Settings of an option that takes one of some words. */
export function choice<const Word extends string>(describe: string, choices: readonly Word[]) {
  return {
    type: 'string',
    requiresArg: true,
    describe,
    choices,
    coerce: (value: unknown) => last(value) as Word,
  } as const
}

/** Settings of an option that takes a whole number from `least`. */
export function wholeNumber(name: string, describe: string, least = 0) {
  const coerce = (value: unknown): number => {
    const number = Number(last(value))
    if (Number.isSafeInteger(number) && number >= least) return number
    throw new UsageError(`--${name} must be a whole number from ${least}`)
  }
  return { type: 'number', requiresArg: true, describe, coerce } as const
}

/** What an option of whole numbers from 0 with commas was given. @throws UsageError */
export function wholeNumbers(name: string, text: string): number[] {
  const values = text.split(',').map(Number)
  if (values.every((value) => Number.isSafeInteger(value) && value >= 0)) return values
  throw new UsageError(`--${name} takes whole numbers with commas, such as 0,1,2; not "${text}"`)
}

/** Settings of a yes-or-no option, `--name` or `--no-name`. */
export function flag(describe: string) {
  return { type: 'boolean', describe, coerce: (value: unknown) => last(value) === true } as const
}
