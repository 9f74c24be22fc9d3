import type { ViCLIP } from '../recognition/viclip.js'
import type { Embeddings } from '../tensor/shape.js'
import { Tensor } from '../tensor/tensor.js'
import { type ConsistencyTargets, descriptionMeans } from './loss.js'

/** Sentences of every class, by kind (SPEC section 3). */
export interface ClassDescriptions {
  spatial: readonly (readonly string[])[]
  temporal: readonly (readonly string[])[]
}

/** The first `count` sentences of each kind of every class; all where there are fewer. */
export function firstOfEach({ spatial, temporal }: ClassDescriptions, count: number): ClassDescriptions {
  const cut = (classes: ClassDescriptions['spatial']) => classes.map((list) => list.slice(0, count))
  return { spatial: cut(spatial), temporal: cut(temporal) }
}

const TEXTS_AT_ONCE = 64

async function meanFeatures(
  model: ViCLIP,
  classes: readonly (readonly string[])[],
  signal: AbortSignal | undefined,
): Promise<Tensor<Embeddings>> {
  const texts = classes.flat()
  const { embedDim } = model.config
  const features = new Float32Array(texts.length * embedDim)
  for (let at = 0; at < texts.length; at += TEXTS_AT_ONCE) {
    const { data } = await model.encodeText(texts.slice(at, at + TEXTS_AT_ONCE), { signal })
    features.set(data, at * embedDim)
  }
  const counts = classes.map((sentences) => sentences.length)
  const means = descriptionMeans(features, counts, embedDim)
  return Tensor.from(model.model.device, means, [classes.length, embedDim] as Embeddings).keep()
}

/** The constant targets of the consistency term, from the frozen text encoder; computed once a run. */
export async function consistencyTargets(
  model: ViCLIP,
  { spatial, temporal }: ClassDescriptions,
  lambda: number,
  signal?: AbortSignal,
): Promise<ConsistencyTargets> {
  const spatialMeans = await meanFeatures(model, spatial, signal)
  try {
    return { lambda, spatial: spatialMeans, temporal: await meanFeatures(model, temporal, signal) }
  } catch (error) {
    spatialMeans.dispose()
    throw error
  }
}
