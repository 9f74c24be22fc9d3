import path from 'node:path'
import { packageRoot } from '../runtime/package-root.js'

/** The pre-trained models that come with this package. */
const PACKAGED_MODELS = ['msta-tiny']

/** The file of a source: that of a model of this package by its name, or else what is given. */
export const sourceFile = (source: string): string =>
  PACKAGED_MODELS.includes(source) ? path.join(packageRoot, 'weights', `${source}.safetensors`) : source
