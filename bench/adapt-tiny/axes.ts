/** What all trials have in common: values of the recipe base-to-novel that make no sense for a model of four blocks. */
export const COMMON = ['adapter.layers=1-4', 'augmentation=none', 'warmupEpochs=2'] as const

/** Values to try for a key of a recipe; the search begins at the second. */
export interface Axis {
  key: string
  values: readonly number[]
}

/** A way of tuning and what is tried of it. */
export interface Searched {
  system: string
  /** Not varied. */
  fixed: readonly string[]
  /** A system searched before, whose best setting is not varied either. */
  like?: string
  axes: readonly Axis[]
}

// The same number of values of the same things for each: how strong the adapter is, how fast and how long it learns.
const SPEED: readonly Axis[] = [
  { key: 'learningRate', values: [0.001, 0.002, 0.005] },
  { key: 'epochs', values: [4, 8, 16] },
]

/** The systems of the demo. MSTA+ is the best MSTA with a consistency term, whose weight alone is searched. */
export const SEARCHED: readonly Searched[] = [
  {
    system: 'adaptformer',
    fixed: ['adapter.dim=64'],
    axes: [{ key: 'adapter.scale', values: [0.1, 0.3, 1] }, ...SPEED],
  },
  { system: 'lora', fixed: [], axes: [{ key: 'adapter.rank', values: [4, 16, 64] }, ...SPEED] },
  {
    system: 'msta',
    fixed: ['adapter.dim=64', 'adapter.dropout=0'],
    axes: [{ key: 'adapter.alpha', values: [0.1, 0.3, 1] }, ...SPEED],
  },
  { system: 'msta+', fixed: [], like: 'msta', axes: [{ key: 'lambda', values: [0.5, 1, 2, 4] }] },
]
