import { MstaError } from '../runtime/errors.js'

/** @returns `value`, if it is a whole number from `from`. @throws MstaError ERR_ARGUMENT naming it. */
export function checkCount(name: string, value: number, from = 1): number {
  if (Number.isSafeInteger(value) && value >= from) return value
  throw new MstaError('ERR_ARGUMENT', `${name} must be a whole number from ${from}, not ${value}.`)
}
