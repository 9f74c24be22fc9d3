import { Philox } from './random.js'

/** What a random stream is for; streams of different purposes never meet. */
export const PURPOSE = {
  shuffle: 1,
  sampling: 2,
  transform: 3,
  synthetic: 4,
  shots: 5,
  pretraining: 6,
} as const

/**
 * The generator of one item (a clip, an order) in one epoch: a pure function of its arguments, so that the numbers
 * depend neither on what runs at the same time nor on where a run was resumed.
 * @param seed a whole number from 0 to 2^53-1. @param epoch from 0 to 2^24-1. @param item from 0 to 2^32-1.
 */
export function itemStream(seed: number, purpose: keyof typeof PURPOSE, epoch: number, item: number): Philox {
  return new Philox(seed, (BigInt(PURPOSE[purpose]) << 56n) | (BigInt(epoch) << 32n) | BigInt(item))
}
