/**
 * Run by `cuda-probe.ts` in a process of its own, which may crash or hang: loads the addon and a plugin, and sends
 * four bytes to the first GPU and back.
 */
import { writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { NativeBinding } from './binding.js'
import type { ProbeAnswer } from './cuda-probe.js'

// Not standard output: a driver may print there.
const ANSWER_FD = 3

async function roundTrip(binding: NativeBinding): Promise<void> {
  const stream = binding.createStream('cuda:0')
  const job = binding.createJob()
  const sent = Uint8Array.of(1, 2, 3, 4)
  const buffer = stream.allocate(sent.length)
  stream.upload(buffer, 0, sent, job, 0)
  const received = new Uint8Array(await stream.download(buffer, 0, sent.length, job))
  if (received.join() !== sent.join()) throw new Error('cuda:0 gave back other bytes than it was sent')
  buffer.free()
  stream.close()
}

async function probe(addon: string, plugin: string): Promise<ProbeAnswer> {
  let count = 0
  try {
    const binding = createRequire(import.meta.url)(addon) as NativeBinding
    count = binding.loadPlugin(plugin)
    if (count > 0) await roundTrip(binding)
    return { count, error: null }
  } catch (error) {
    return { count, error: (error as Error).message }
  }
}

const [addon = '', plugin = ''] = process.argv.slice(2)
writeSync(ANSWER_FD, JSON.stringify(await probe(addon, plugin)))
