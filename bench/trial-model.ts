import { ViCLIP, type ViClipLoadOptions } from '../lib/recognition/viclip.js'
import type { DeviceName } from '../lib/runtime/device.js'

/** What tells a trial which model to make. */
export const MODEL_OPTIONS = {
  repeat: { type: 'string', default: '3' },
  warmup: { type: 'string', default: '1' },
  device: { type: 'string', default: 'cpu' },
  dtype: { type: 'string', default: 'float32' },
  tiny: { type: 'boolean', default: false },
} as const

/** A model of random weights as users would load it. @throws MstaError as ViCLIP.load */
export function randomModel({ tiny, device, dtype }: { tiny: boolean; device: string; dtype: string }) {
  const options = { device: device as DeviceName, dtype: dtype as ViClipLoadOptions['dtype'] }
  return ViCLIP.load(tiny ? 'random:tiny' : 'random:b16', options)
}
