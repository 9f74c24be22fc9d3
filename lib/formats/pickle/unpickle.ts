import { ContentError } from '../content-error.js'
import { Cursor } from './cursor.js'
import { Machine } from './machine.js'
import { OPCODES } from './opcodes.js'
import type { PickleValue, Resolver } from './values.js'

const STOP = 0x2e
// Opcodes between two yields: well below a millisecond.
const TURN = 1000

/**
 * Reads one pickle as data: nothing of it is run, and it reaches only the functions and objects that `resolver` gives
 * out. Returns its value and where in `bytes` it ends.
 * @throws ContentError
 */
export function* unpickle(
  bytes: Buffer,
  start: number,
  resolver: Resolver,
): Generator<void, { value: PickleValue; end: number }> {
  const cursor = new Cursor(bytes, start)
  const machine = new Machine(cursor, resolver)
  for (let turn = 1; ; turn++) {
    const code = cursor.uint8()
    if (code === STOP) return { value: machine.pop(), end: cursor.position }
    const run = OPCODES.get(code)
    if (run === undefined) {
      throw new ContentError(`its pickle has the unknown opcode 0x${code.toString(16).padStart(2, '0')}`)
    }
    run(machine)
    if (turn % TURN === 0) yield
  }
}
