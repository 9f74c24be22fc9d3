import { ContentError } from '../content-error.js'
import type { Machine } from './machine.js'
import { Dict, Opaque, type PickleValue, Tuple } from './values.js'

// Seeds, counters and the magic number of PyTorch have a few bytes.
const MOST_INTEGER_BYTES = 1024
const NEWEST_PROTOCOL = 5

/** A two's complement integer, little-endian. */
function decodeInteger(bytes: Buffer): number | bigint {
  if (bytes.length === 0) return 0
  const value = BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`))
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

function longInteger(m: Machine, length: number): void {
  if (length < 0 || length > MOST_INTEGER_BYTES) {
    throw new ContentError(`its pickle has an integer of ${length} bytes`)
  }
  m.push(decodeInteger(m.cursor.take(length)))
}

/** A string of Python 2, whose bytes say nothing of their encoding. */
function byteString(m: Machine, length: number): void {
  if (length < 0) throw new ContentError('its pickle has a string of negative length')
  m.push(m.cursor.take(length).toString('latin1'))
}

function global(m: Machine, module: PickleValue, name: PickleValue): PickleValue {
  if (typeof module === 'string' && typeof name === 'string') return m.resolver.global(module, name)
  throw new ContentError('its pickle names an object by what is no text')
}

function checkProtocol(version: number): void {
  if (version > NEWEST_PROTOCOL) throw new ContentError(`its pickle has the unknown protocol ${version}`)
}

/** Makes a tuple of the values on top. */
function tuple(m: Machine, count: number): void {
  const items: PickleValue[] = []
  for (let i = 0; i < count; i++) items.unshift(m.pop())
  m.create(new Tuple(items))
}

/** A dictionary of the items above the mark. */
function dict(m: Machine): void {
  const items = m.popMark()
  m.create(new Dict())
  m.setItems(items)
}

/** Calls the class below the other arguments with them. */
function instantiate(m: Machine, [target, ...args]: PickleValue[]): void {
  m.call(target, new Tuple(args))
}

function frozenSet(m: Machine): void {
  m.popMark()
  m.create(new Opaque('frozenset'))
}

function newWithKeywords(m: Machine): void {
  const [keywords, args, target] = [m.pop(), m.pop(), m.pop()]
  if (!(keywords instanceof Dict) || keywords.entries.size > 0) {
    throw new ContentError('its pickle calls a class with named arguments')
  }
  m.call(target, args)
}

/**
 * What each opcode does, but for STOP. Those of protocol 0 that hold numbers and strings as text, those of the
 * extension registry and those of buffers outside the pickle are not known here: no weights have them.
 */
export const OPCODES: ReadonlyMap<number, (m: Machine) => void> = new Map([
  /* PROTO */ [0x80, (m) => checkProtocol(m.cursor.uint8())],
  /* FRAME */ [0x95, (m) => void m.cursor.take(8)],
  /* MARK */ [0x28, (m) => m.mark()],
  /* POP */ [0x30, (m) => void m.pop()],
  /* POP_MARK */ [0x31, (m) => void m.popMark()],
  /* DUP */ [0x32, (m) => m.push(m.top())],
  /* NONE */ [0x4e, (m) => m.push(null)],
  /* NEWTRUE */ [0x88, (m) => m.push(true)],
  /* NEWFALSE */ [0x89, (m) => m.push(false)],
  /* BININT */ [0x4a, (m) => m.push(m.cursor.int32())],
  /* BININT1 */ [0x4b, (m) => m.push(m.cursor.uint8())],
  /* BININT2 */ [0x4d, (m) => m.push(m.cursor.uint16())],
  /* LONG1 */ [0x8a, (m) => longInteger(m, m.cursor.uint8())],
  /* LONG4 */ [0x8b, (m) => longInteger(m, m.cursor.int32())],
  /* BINFLOAT */ [0x47, (m) => m.push(m.cursor.double())],
  /* BINSTRING */ [0x54, (m) => byteString(m, m.cursor.int32())],
  /* SHORT_BINSTRING */ [0x55, (m) => byteString(m, m.cursor.uint8())],
  /* BINUNICODE */ [0x58, (m) => m.push(m.cursor.text(m.cursor.uint32()))],
  /* SHORT_BINUNICODE */ [0x8c, (m) => m.push(m.cursor.text(m.cursor.uint8()))],
  /* BINUNICODE8 */ [0x8d, (m) => m.push(m.cursor.text(m.cursor.length64()))],
  /* BINBYTES */ [0x42, (m) => m.create(m.cursor.take(m.cursor.uint32()))],
  /* SHORT_BINBYTES */ [0x43, (m) => m.create(m.cursor.take(m.cursor.uint8()))],
  /* BINBYTES8 */ [0x8e, (m) => m.create(m.cursor.take(m.cursor.length64()))],
  /* BYTEARRAY8 */ [0x96, (m) => m.create(m.cursor.take(m.cursor.length64()))],
  /* EMPTY_LIST */ [0x5d, (m) => m.create([])],
  /* LIST */ [0x6c, (m) => m.create(m.popMark())],
  /* APPEND */ [0x61, (m) => m.append([m.pop()])],
  /* APPENDS */ [0x65, (m) => m.append(m.popMark())],
  /* EMPTY_TUPLE */ [0x29, (m) => m.create(new Tuple([]))],
  /* TUPLE */ [0x74, (m) => m.create(new Tuple(m.popMark()))],
  /* TUPLE1 */ [0x85, (m) => tuple(m, 1)],
  /* TUPLE2 */ [0x86, (m) => tuple(m, 2)],
  /* TUPLE3 */ [0x87, (m) => tuple(m, 3)],
  /* EMPTY_DICT */ [0x7d, (m) => m.create(new Dict())],
  /* DICT */ [0x64, dict],
  /* SETITEM */ [0x73, (m) => m.setItems(m.popPair())],
  /* SETITEMS */ [0x75, (m) => m.setItems(m.popMark())],
  /* EMPTY_SET */ [0x8f, (m) => m.create(new Opaque('set'))],
  /* ADDITEMS */ [0x90, (m) => m.addItems()],
  /* FROZENSET */ [0x91, frozenSet],
  /* BINPUT */ [0x71, (m) => m.remember(m.cursor.uint8())],
  /* LONG_BINPUT */ [0x72, (m) => m.remember(m.cursor.uint32())],
  /* MEMOIZE */ [0x94, (m) => m.remember()],
  /* BINGET */ [0x68, (m) => m.recall(m.cursor.uint8())],
  /* LONG_BINGET */ [0x6a, (m) => m.recall(m.cursor.uint32())],
  /* GLOBAL */ [0x63, (m) => m.push(global(m, m.cursor.line(), m.cursor.line()))],
  /* STACK_GLOBAL */ [0x93, (m) => m.push(global(m, ...m.popPair()))],
  /* PERSID */ [0x50, (m) => m.create(m.resolver.persistent(m.cursor.line()))],
  /* BINPERSID */ [0x51, (m) => m.create(m.resolver.persistent(m.pop()))],
  /* REDUCE */ [0x52, (m) => m.call(...m.popPair())],
  /* NEWOBJ */ [0x81, (m) => m.call(...m.popPair())],
  /* NEWOBJ_EX */ [0x92, newWithKeywords],
  /* OBJ */ [0x6f, (m) => instantiate(m, m.popMark())],
  /* INST */ [0x69, (m) => instantiate(m, [global(m, m.cursor.line(), m.cursor.line()), ...m.popMark()])],
  /* BUILD */ [0x62, (m) => m.build()],
])
