/** What the demo compares, in the order of its table. */
export const DEMO_SYSTEMS = ['zero-shot', 'adaptformer', 'lora', 'msta', 'msta+'] as const

/** Recipe of the last of them. */
export const DEMO_RECIPE = 'small'

/** What the others do best with, searched as the recipe was: docs/small-models.md. */
export const DEMO_CHANGES: readonly string[] = [
  ...['adaptformer:adapter.dim=64', 'adaptformer:adapter.scale=0.3', 'adaptformer:learningRate=0.002'],
  ...['lora:adapter.rank=16', 'lora:learningRate=0.005'],
]
