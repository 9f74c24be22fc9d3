import type { TensorFile } from './tensor-file.js'

/** Prefix that PyTorch's wrappers for several GPUs give to every name. */
const PARALLEL = 'module.'

function below(file: TensorFile, prefix: string): TensorFile {
  const tensors = [...file.tensors].flatMap(([name, entry]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), entry] as const] : [],
  )
  return { ...file, tensors: new Map(tensors), stateDictPath: '' }
}

/**
 * The model's tensors of a checkpoint under their own names: without what lies beside them (the state of an optimizer
 * and the like), the keys they are nested under (`model`, `state_dict`) and the `module.` of parallel training.
 */
export function stateDictOf(file: TensorFile): TensorFile {
  const inner = file.stateDictPath === '' ? file : below(file, `${file.stateDictPath}.`)
  const names = [...inner.tensors.keys()]
  return names.length > 0 && names.every((name) => name.startsWith(PARALLEL)) ? below(inner, PARALLEL) : inner
}
