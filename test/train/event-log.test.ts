/** Event files: read back by a decoder of the test's own, written after the published record and message formats. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { crc32c } from '../../lib/formats/crc32c.js'
import { EventLog } from '../../lib/train/event-log.js'
import { errorOf, makeFolder } from '../video/helpers.js'

const events = suite('event log')
const { folder, remove } = makeFolder()
events.after(remove)

/** Fields of a protobuf message, in order: number, and a number or bytes. */
function fieldsOf(bytes: Buffer): [field: number, value: number | Buffer][] {
  const fields: [number, number | Buffer][] = []
  let at = 0
  const varint = () => {
    let [value, scale] = [0, 1]
    for (;;) {
      const byte = bytes[at++]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 0x80
    }
  }
  const take = (count: number) => {
    at += count
    return bytes.subarray(at - count, at)
  }
  while (at < bytes.length) {
    const key = varint()
    const field = key >> 3
    const wire = key & 7
    if (wire === 0) fields.push([field, varint()])
    else if (wire === 1) fields.push([field, take(8).readDoubleLE()])
    else if (wire === 5) fields.push([field, take(4).readFloatLE()])
    else fields.push([field, take(varint())])
  }
  return fields
}

const unmask = (masked: number) => {
  const rotated = (masked - 0xa282ead8) >>> 0
  return ((rotated >>> 17) | (rotated << 15)) >>> 0
}

interface Event {
  time: number
  step: number
  version?: string
  session?: number
  scalars: Record<string, number>
}

function readEvents(file: string): Event[] {
  const bytes = readFileSync(file)
  const result: Event[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at))
    assert.is(unmask(bytes.readUInt32LE(at + 8)), crc32c(bytes.subarray(at, at + 8)))
    const data = bytes.subarray(at + 12, at + 12 + length)
    assert.is(unmask(bytes.readUInt32LE(at + 12 + length)), crc32c(data))
    at += 16 + length
    const event: Event = { time: 0, step: 0, scalars: {} }
    for (const [field, value] of fieldsOf(data)) {
      if (field === 1) event.time = value as number
      else if (field === 2) event.step = value as number
      else if (field === 3) event.version = String(value)
      else if (field === 7) event.session = new Map(fieldsOf(value as Buffer)).get(1) as number
      else
        for (const [, one] of fieldsOf(value as Buffer)) {
          const [[, tag], [, number]] = fieldsOf(one as Buffer) as [[1, Buffer], [2, number]]
          event.scalars[String(tag)] = number
        }
    }
    result.push(event)
  }
  return result
}

const filesOf = () =>
  readdirSync(folder)
    .filter((name) => name.includes('tfevents'))
    .sort()
const LINE = {
  epoch: 0,
  loss: 1.5,
  crossEntropy: 1.25,
  consistency: null,
  learningRate: 0.001,
  gradientNorm: 3,
}

events('CRC-32C gives the published values', () => {
  // RFC 3720, B.4
  assert.is(crc32c(Buffer.from('123456789')), 0xe3069283)
  assert.is(crc32c(Buffer.alloc(32)), 0x8a9136aa)
  assert.is(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43)
})

events(
  'steps and validations are scalars with tags; a continued run begins a file that says from where',
  async () => {
    const log = new EventLog(folder)
    await log.start(0)
    const before = Date.now() / 1000
    await log.append({ step: 1, ...LINE })
    await log.append({ step: 300, epoch: 0, validation: { top1: 0.5, top5: 0.75, videos: 8, failed: 0 } })
    await log.append({ step: 301, skipped: 'the loss is not finite' })
    const [first, second, third, ...rest] = readEvents(path.join(folder, filesOf()[0]!))
    assert.equal([first!.version, first!.step, first!.scalars], ['brain.Event:2', 0, {}])
    assert.is(second!.step, 1)
    assert.ok(Math.abs(second!.time - before) < 60)
    const { 'optimizer/learningRate': rate, ...scalars } = second!.scalars
    assert.equal(scalars, { 'loss/loss': 1.5, 'loss/crossEntropy': 1.25, 'optimizer/gradientNorm': 3 })
    assert.is(rate, Math.fround(0.001))
    assert.equal([third!.step, third!.scalars], [300, { 'validation/top1': 0.5, 'validation/top5': 0.75 }])
    assert.equal(rest, [])

    const continued = new EventLog(folder)
    await continued.start(2)
    await continued.append({ step: 3, ...LINE })
    assert.is(filesOf().length, 2)
    const [version, start, step] = readEvents(path.join(folder, filesOf()[1]!))
    assert.equal([version!.version, start!.session, start!.step, step!.step], ['brain.Event:2', 1, 3, 3])
  },
)

events('a new run in the folder removes those of the one before, and nothing else', async () => {
  writeFileSync(path.join(folder, 'events.txt'), 'mine')
  await new EventLog(folder).start(0)
  assert.is(filesOf().length, 1)
  assert.ok(readdirSync(folder).includes('events.txt'))
})

events('errors name the file', async () => {
  const { code, message } = await errorOf(() => new EventLog(path.join(folder, 'nowhere')).start(0))
  assert.is(code, 'ERR_FILE')
  assert.match(message, 'nowhere')
})

events.run()
