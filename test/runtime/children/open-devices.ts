/** Opens devices in a fresh process, under the environment of the test, and tells what came of it. */
import { Device, type DeviceName, findCuda, Tensor } from '../../../lib/index.js'

/** What this process writes to stdout, as JSON. */
export interface Opened {
  /** Name of the device that `'auto'` gave, which sent two numbers there and back. */
  auto: string
  numbers: number[]
  reason: string | null
  /** For each name asked for: the device's name, or the error. */
  opened: Record<string, { name: string } | { code: string; message: string }>
  /** Of `Device.get('cuda')`, before and after the search. */
  early: string
  late: string
  isOnePerName: boolean
}

function get(name: DeviceName): string {
  try {
    return Device.get(name).name
  } catch (error) {
    return (error as Error).message
  }
}

async function open(name: DeviceName) {
  try {
    return { name: (await Device.open(name)).name }
  } catch (error) {
    const { code, message } = error as Error & { code: string }
    return { code, message }
  }
}

const early = get('cuda')
const [auto, again] = await Promise.all([Device.open(), Device.open('auto')])
const numbers = [...(await Tensor.from(auto, [1, 2], [2]).data())]
const opened: Opened['opened'] = {}
for (const name of ['cpu', 'cuda', 'cuda:1', 'cuda:7', 'cuda:x', 'gpu'])
  opened[name] = await open(name as DeviceName)
const report: Opened = {
  auto: auto.name,
  numbers,
  reason: (await findCuda()).reason,
  opened,
  early,
  late: get('cuda'),
  isOnePerName: auto === again,
}
process.stdout.write(JSON.stringify(report))
