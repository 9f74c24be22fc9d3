/** What the demo compares, in the order of its table. */
export const DEMO_SYSTEMS = ['zero-shot', 'adaptformer', 'lora', 'msta', 'msta+'] as const

/** Recipe of the last of them. */
export const DEMO_RECIPE = 'small'

/** What the others do best with, searched as the recipe was: docs/small-models.md. */
export const DEMO_CHANGES: readonly string[] = [
  ...['adapter.layers=1-4', 'adapter.dim=64', 'adapter.scale=1', 'learningRate=0.002'].map(
    (change) => `adaptformer:${change}`,
  ),
  ...['adapter.layers=1-4', 'adapter.rank=64', 'learningRate=0.002'].map((change) => `lora:${change}`),
]
