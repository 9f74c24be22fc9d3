/** The device of a test that runs on several (`// @env MSTA_KERNELS=...`). */
import { Device, type DeviceName } from '../../lib/runtime/device.js'
import { openTarget } from './target.js'

/** The device that `MSTA_KERNELS` names, or why there can be none here. */
export function targetDevice(): Device | string {
  const target = openTarget()
  return typeof target === 'string' ? target : Device.get(target.device as DeviceName)
}
