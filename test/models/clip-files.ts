/** The small CLIP of test/fixtures/clip, written by test/parity/reference/make_clip.py. */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type LoadedTensor,
  readAll,
  type TensorToWrite,
  writeSafetensors,
} from '../../lib/formats/safetensors.js'
import { type LoadOptions, loadViClip } from '../../lib/models/viclip/checkpoint.js'
import type { ViClipModel } from '../../lib/models/viclip/model.js'
import type { ViClipConfig } from '../../lib/models/viclip/sizes.js'
import type { TokenIds } from '../../lib/models/viclip/text-packing.js'
import type { Ids, Video } from '../../lib/tensor/shape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { testDevice } from '../support/device.js'

const here = path.dirname(fileURLToPath(import.meta.url))

/** A file of the fixture: openai, hugging-face, vifi or case. */
export const clipFile = (name: string) =>
  path.resolve(here, `../../../test/fixtures/clip/${name}.safetensors`)

/** The options that each layout's file needs. */
export const LAYOUT_FILES: Record<string, LoadOptions> = {
  openai: {},
  'hugging-face': {},
  vifi: { base: clipFile('openai') },
}

export const CLIP_CONFIG: ViClipConfig = {
  video: { resolution: 12, patchSize: 4, frames: 3, width: 24, layers: 2, heads: 3, frameWise: true },
  text: { width: 20, layers: 2, heads: 2, contextLength: 40, vocabularySize: 50 },
  embedDim: 9,
}

/** What a file does not tell. */
export const UNTOLD: LoadOptions = { frames: 3, heads: { videoHeads: 3, textHeads: 2 } }

export const loadClip = (name = 'openai', options: LoadOptions = {}): Promise<ViClipModel> =>
  loadViClip(testDevice(), clipFile(name), { ...UNTOLD, ...LAYOUT_FILES[name], ...options })

/** The inputs and what PyTorch makes of them. */
export const clipCase = async (): Promise<Map<string, LoadedTensor>> =>
  (await readAll(clipFile('case'))).tensors

export const videoOf = ({ shape, data }: LoadedTensor): Tensor<Video> =>
  Tensor.from(testDevice(), data, shape as unknown as Video)

/** Ids, cut to `length` where the context is shorter. */
export function idsOf({ shape, data }: LoadedTensor, length = shape[1]!): TokenIds {
  const [batch = 0, stored = 0] = shape
  const cut = Array.from({ length: batch * length }, (_, i) => {
    return data[Math.floor(i / length) * stored + (i % length)]!
  })
  return { data: cut, shape: [batch, length] as Ids }
}

/** Writes a copy of a fixture's file, changed by `change`; returns its path. */
export async function rewrite(
  folder: string,
  name: string,
  change: (tensors: Map<string, TensorToWrite>) => void,
): Promise<string> {
  const { tensors } = await readAll(clipFile(name))
  const copy = new Map<string, TensorToWrite>(
    [...tensors].map(([key, { shape, data }]) => [
      key,
      data instanceof Float32Array
        ? { dtype: 'F32', shape, data }
        : { dtype: 'I32', shape, data: data as Int32Array },
    ]),
  )
  change(copy)
  const target = path.join(folder, `${name}-${copy.size}.safetensors`)
  await writeSafetensors(target, copy)
  return target
}
