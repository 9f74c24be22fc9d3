/**
 * How a model computes. `float32` and `bfloat16` name the storage type of weights and activations; on the CPU, frozen
 * linear layers multiply in it, too. `int8` (on the CPU alone) is `bfloat16`, with frozen linear layers multiplying in
 * int8, but for the first block's. The residual stream, normalisation, softmax, adapters and all sums are float32 in each.
 */
export type ModelDType = 'float32' | 'bfloat16' | 'int8'

/** The storage type of weights and activations. */
export const storageType = (dtype: ModelDType): 'float32' | 'bfloat16' =>
  dtype === 'int8' ? 'bfloat16' : dtype
