// `commit-fault.mjs NUMBER...`: has the sanitized addon (MSTA_NATIVE_BINARY) do what native/cpu/stray.cc does for each.
import { createRequire } from 'node:module'

const addon = createRequire(import.meta.url)(process.env.MSTA_NATIVE_BINARY)
addon.setThreads(2)
const stream = addon.createStream('cpu')
const job = addon.createJob()
const elements = 1001
for (const fault of process.argv.slice(2).map(Number)) {
  const buffer = stream.allocate(elements * Float32Array.BYTES_PER_ELEMENT)
  stream.upload(buffer, 0, new Float32Array(elements), job, 0)
  stream.run('stray', job, 0, [buffer], Float64Array.of(0, 0, elements, elements, fault))
  buffer.free()
}
await stream.sync(job)
