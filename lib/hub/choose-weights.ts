import { MstaError } from '../runtime/errors.js'

/** Which files of a repository are a model's weights. */
export interface Weights {
  /** The file, or the index of several. */
  file: string
  isIndex: boolean
  /** Whether no other file of the repository could be preferred to it. */
  isCertain: boolean
}

const SINGLE = 'model.safetensors'
const INDEX = 'model.safetensors.index.json'
const TORCH = 'pytorch_model.bin'

/**
 * The weights among a repository's files: those that are asked for, else safetensors, else PyTorch's; undefined where
 * there are none.
 * @throws MstaError ERR_ARGUMENT where there are several and none is asked for
 */
export function chooseWeights(
  names: readonly string[],
  asked: string | undefined,
  where: string,
): Weights | undefined {
  const only = (file: string, isCertain: boolean) => ({ file, isIndex: file === INDEX, isCertain })
  if (asked !== undefined) return names.includes(asked) ? only(asked, true) : undefined
  if (names.includes(SINGLE)) return only(SINGLE, true)
  if (names.includes(INDEX)) return only(INDEX, true)
  if (names.includes(TORCH)) return only(TORCH, false)
  const [first, ...others] = names.filter((name) => /\.(pth|safetensors)$/.test(name)).sort()
  if (others.length > 0)
    throw new MstaError(
      'ERR_ARGUMENT',
      `${where} has several files of weights: ${[first, ...others].join(', ')}. Choose one: ${where}#${first}`,
    )
  return first === undefined ? undefined : only(first, false)
}
