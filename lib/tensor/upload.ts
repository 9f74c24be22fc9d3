import { setImmediate } from 'node:timers/promises'
import type { Device } from '../runtime/device.js'
import type { Job } from '../runtime/job.js'
import { type Shape, shapeError, sizeOf } from './shape.js'
import { Tensor } from './tensor.js'

/** Bytes copied at a time: a millisecond or two, so that timers and requests get their turn in between. */
const PIECE = 4 * 2 ** 20

/**
 * A tensor of the values of `data`, copied piece by piece without keeping the event loop busy. `data` must not
 * change until this resolves.
 *
 * @param data Float32Array for float32, Uint8Array for uint8
 * @returns outside every scope, to be disposed by the caller
 * @throws MstaError ERR_SHAPE when the sizes differ
 */
export async function uploadTensor<S extends Shape>(
  device: Device,
  data: Float32Array | Uint8Array,
  shape: S,
  job: Job,
): Promise<Tensor<S>> {
  if (data.length !== sizeOf(shape))
    throw shapeError('upload', `${data.length} values do not fill the shape`, { shape })
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const tensor = Tensor.empty(device, shape, data instanceof Uint8Array ? 'uint8' : 'float32').keep()
  try {
    for (let at = 0; at < bytes.length; at += PIECE) {
      job.run(() => device.upload(tensor.buffer, bytes.subarray(at, at + PIECE), at))
      await setImmediate()
    }
    return tensor
  } catch (error) {
    tensor.dispose()
    throw error
  }
}
