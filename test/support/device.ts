/** The device of tests that run on any: the CPU, unless `MSTA_KERNELS` names a GPU, real or emulated. */
import { Device, type DeviceName } from '../../lib/runtime/device.js'
import { openTarget } from './target.js'

/** The device that `MSTA_KERNELS` names, or why there can be none here. */
export function targetDevice(): Device | string {
  const target = openTarget()
  return typeof target === 'string' ? target : Device.get(target.device as DeviceName)
}

/** The same for tests that the CPU can always run. @throws Error when a device is named that cannot be had */
export function testDevice(): Device {
  const device = targetDevice()
  if (typeof device === 'string') throw new Error(device)
  return device
}
