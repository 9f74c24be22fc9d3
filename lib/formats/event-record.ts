import { crc32c } from './crc32c.js'

/** What TensorBoard shows of a step. */
export interface ScalarEvent {
  /** Seconds since 1970. */
  time: number
  step: number
  /** By tag, such as `train/loss`. */
  scalars: Readonly<Record<string, number>>
}

const WIRE = { varint: 0, double: 1, bytes: 2, float: 5 } as const
/** Numbers of the fields, from TensorFlow's event.proto and summary.proto. */
const EVENT = { time: 1, step: 2, fileVersion: 3, summary: 5, session: 7 }
const SESSION_START = 1

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  bytes.push(rest)
  return Buffer.from(bytes)
}

const field = (number: number, wire: number, content: Buffer) =>
  Buffer.concat([varint(number * 8 + wire), content])
const bytesField = (number: number, content: Buffer) =>
  field(number, WIRE.bytes, Buffer.concat([varint(content.length), content]))

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
}

function float(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}

/** TFRecord's mask, so that the checksum of data with checksums in it means something. */
function maskedChecksum(bytes: Buffer): Buffer {
  const checksum = crc32c(bytes)
  const result = Buffer.alloc(4)
  result.writeUInt32LE((((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0)
  return result
}

/** One record of TensorFlow's TFRecord form: length, its checksum, data, its checksum. */
function record(data: Buffer): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(data.length))
  return Buffer.concat([length, maskedChecksum(length), data, maskedChecksum(data)])
}

const event = (time: number, step: number, ...rest: Buffer[]) =>
  record(
    Buffer.concat([
      field(EVENT.time, WIRE.double, double(time)),
      field(EVENT.step, WIRE.varint, varint(step)),
      ...rest,
    ]),
  )

/**
 * How an event file begins. What an earlier file says of `step` and later steps is then forgotten by TensorBoard: a run
 * that is continued does them again.
 */
export function eventFileStart(time: number, step: number): Buffer {
  const version = event(time, 0, bytesField(EVENT.fileVersion, Buffer.from('brain.Event:2')))
  if (step === 0) return version
  const start = bytesField(EVENT.session, field(1, WIRE.varint, varint(SESSION_START)))
  return Buffer.concat([version, event(time, step, start)])
}

/** A step's scalars as a record of an event file. */
export function scalarRecord({ time, step, scalars }: ScalarEvent): Buffer {
  const values = Object.entries(scalars).map(([tag, value]) =>
    bytesField(1, Buffer.concat([bytesField(1, Buffer.from(tag)), field(2, WIRE.float, float(value))])),
  )
  return event(time, step, bytesField(EVENT.summary, Buffer.concat(values)))
}
