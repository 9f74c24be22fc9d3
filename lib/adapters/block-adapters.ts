import type { ViClipModel } from '../models/viclip/model.js'
import type { BlockAdapter } from '../nn/block.js'
import { fillZero } from '../nn/init.js'
import { ParameterStore } from '../nn/parameters.js'
import type { Shape } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Adapter, TrainingStep } from './adapter.js'
import { writeAdapterFile } from './adapter-file.js'
import { type AdaptedBlocks, isAdapted } from './blocks.js'

/**
 * An adapter with parameters of its own, that changes some blocks of either encoder and leaves the model as it is: what
 * the adapters of this package extend, and those of others can (`examples/new-adapter.mjs`).
 */
export abstract class BlockAdapters<Config extends AdaptedBlocks, Own extends BlockAdapter = BlockAdapter>
  implements Adapter
{
  abstract readonly method: string
  readonly parameters: ParameterStore
  protected training: TrainingStep | null = null
  private readonly blocks = { video: new Map<number, Own>(), text: new Map<number, Own>() }

  protected constructor(
    readonly model: ViClipModel,
    readonly config: Config,
    shapes: ReadonlyMap<string, Shape>,
  ) {
    this.parameters = ParameterStore.create(model.device, shapes)
    this.parameters.setTrainable(true)
    for (const layer of config.layers)
      for (const encoder of ['video', 'text'] as const)
        if (isAdapted(config, model.config, encoder, layer))
          this.blocks[encoder].set(layer - 1, this.makeBlock(encoder, layer - 1))
  }

  /** What it does in one block, counted from 0. Called while the adapter is being made: after `parameters`. */
  protected abstract makeBlock(encoder: 'video' | 'text', block: number): Own

  /** What it does in all of them. */
  protected get ownBlocks(): Own[] {
    return [...this.blocks.video.values(), ...this.blocks.text.values()]
  }

  /** Gives every weight its first values, by its number, and every bias zeros. */
  protected initialise(weight: (tensor: Tensor, name: string, stream: number) => void): this {
    let stream = 0
    for (const [name, tensor] of this.parameters.entries()) {
      if (name.endsWith('.bias')) fillZero(tensor)
      else weight(tensor, name, stream)
      stream++
    }
    return this
  }

  /** Takes the values of a file; frees the adapter where that fails. */
  protected fill(values: ReadonlyMap<string, Float32Array>): this {
    try {
      this.parameters.assign(values)
      return this
    } catch (error) {
      this.dispose()
      throw error
    }
  }

  videoBlock(block: number): Own | undefined {
    return this.blocks.video.get(block)
  }

  textBlock(block: number): Own | undefined {
    return this.blocks.text.get(block)
  }

  setTraining(training: TrainingStep | null): void {
    this.training = training
  }

  settings(): Record<string, unknown> {
    return { ...(this.config as object) }
  }

  /** Writes parameters and settings to one safetensors file, atomically. @throws MstaError ERR_FILE */
  save(path: string): Promise<void> {
    return writeAdapterFile(path, this)
  }

  dispose(): void {
    this.parameters.dispose()
  }
}
