import { readLabels } from '../data/labels.js'
import type { ViCLIP } from '../recognition/viclip.js'
import type { Embeddings } from '../tensor/shape.js'
import { Tensor } from '../tensor/tensor.js'
import { mapByName } from '../text/by-name.js'
import { readDescriptions } from '../text/descriptions.js'
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

/** What is to be told where no class has as many descriptions of each kind as a recipe takes. */
export function noteOfTooFew({ spatial, temporal }: ClassDescriptions, wanted: number): string | undefined {
  const most = [spatial, temporal].map((classes) => Math.max(0, ...classes.map((list) => list.length)))
  if (Math.min(...most) >= wanted) return undefined
  return `the recipe takes ${wanted} descriptions of each kind of a class, but no class has more than ${most[0]} spatial and ${most[1]} temporal ones`
}

/**
 * Descriptions of some classes from two files of ETL4Video's format.
 *
 * @param names the classes, the id is the index
 * @param files of each kind one; `labels`, the label file they are made for, if that is another: classes are then matched
 *   by name
 * @throws MstaError ERR_FILE, ERR_FORMAT, ERR_LABELS; the signal's reason
 */
export async function readClassDescriptions(
  names: readonly string[],
  files: { spatial: string; temporal: string; labels?: string | undefined },
  signal?: AbortSignal,
): Promise<ClassDescriptions> {
  const { labels } = files
  const own = labels === undefined ? names : (await readLabels(labels, signal)).names
  const read = async (file: string) => {
    const lists = await readDescriptions(file, { classes: own.length, ...(signal && { signal }) })
    return labels === undefined ? lists : mapByName(lists, own, names, labels)
  }
  return { spatial: await read(files.spatial), temporal: await read(files.temporal) }
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
