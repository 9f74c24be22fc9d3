import type { Device } from '../../lib/runtime/device.js'

/** A kernel that was enqueued: its name, its operands' shapes and its numbers. */
export interface Launch {
  op: string
  shapes: Record<string, readonly number[]>
  numbers: readonly number[]
}

/** The kernels that `body` enqueues on a device. */
export async function launchesOf(device: Device, body: () => unknown): Promise<Launch[]> {
  const seen: Launch[] = []
  const launch = device.launch.bind(device)
  device.launch = (op, operands, numbers) => {
    const given = Object.entries(operands).filter(([, operand]) => operand)
    seen.push({ op, shapes: Object.fromEntries(given.map(([name, each]) => [name, each!.shape])), numbers })
    launch(op, operands, numbers)
  }
  try {
    await body()
  } finally {
    Reflect.deleteProperty(device, 'launch')
  }
  return seen
}

/** How often each kernel is among `launches`; of those whose name matches, if asked for. */
export function countOf(launches: readonly Launch[], pattern = /./): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { op } of launches) if (pattern.test(op)) counts[op] = (counts[op] ?? 0) + 1
  return counts
}
