import { type ModelDType, storageType } from '../../nn/model-dtype.js'
import { ParameterStore } from '../../nn/parameters.js'
import type { AdapterLookup } from '../../nn/transformer.js'
import type { Device } from '../../runtime/device.js'
import { MstaError } from '../../runtime/errors.js'
import type { Job } from '../../runtime/job.js'
import { combine } from '../../tensor/ops/combine.js'
import { fillNormal } from '../../tensor/ops/random-normal.js'
import type { Embeddings, Tokens, Video } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { checkConfig, type ViClipConfig } from './sizes.js'
import { expectedTensors, LOG_SCALE, TEMPERATURE } from './tensors.js'
import { TextEncoder, type TextPrefix, type TokenIds } from './text-encoder.js'
import { VideoEncoder, type VideoPrefix } from './video-encoder.js'

export type { ModelDType }

/** ViCLIP's default temperature (SPEC section 1). */
const DEFAULT_TEMPERATURE = 0.01

/** An adapter as the model sees it: something in some blocks of either encoder. */
export interface ModelAdapter {
  /** Whether training changes the model's own parameters, too: then nothing that it computes is constant. */
  readonly tunesModel?: boolean
  /** What it does in a block of the video encoder, counted from 0. */
  videoBlock(block: number): ReturnType<AdapterLookup>
  /** What it does in a block of the text encoder, counted from 0. */
  textBlock(block: number): ReturnType<AdapterLookup>
}

/** A ViCLIP or CLIP model on a device: parameters under the names of ViCLIP's checkpoints, and both encoders. */
export class ViClipModel {
  readonly video: VideoEncoder
  readonly text: TextEncoder
  /** -log(temperature), float32, where it is a parameter: in CLIP. */
  readonly logScale: Tensor | undefined
  private currentTemperature = DEFAULT_TEMPERATURE

  private constructor(
    readonly device: Device,
    readonly config: ViClipConfig,
    readonly dtype: ModelDType,
    readonly parameters: ParameterStore,
  ) {
    this.video = new VideoEncoder(parameters.within('vision_encoder'), config, dtype)
    this.text = new TextEncoder(parameters.within('text_encoder'), device, config, dtype)
    if (parameters.has(LOG_SCALE)) this.logScale = parameters.get(LOG_SCALE)
    this.temperature = DEFAULT_TEMPERATURE
  }

  /** Similarities are divided by it. ViCLIP's is a constant; CLIP's may train, as {@link logScale}. */
  get temperature(): number {
    return this.currentTemperature
  }

  /** Replaces it by a number greater than 0. */
  set temperature(value: number) {
    this.logScale?.set([-Math.log(value)])
    this.currentTemperature = value
  }

  /** A model with uninitialised parameters. @throws MstaError ERR_ARGUMENT, ERR_OUT_OF_MEMORY */
  static empty(device: Device, config: ViClipConfig, dtype: ModelDType = 'float32'): ViClipModel {
    const shapes = expectedTensors(checkConfig(config))
    if (dtype === 'int8' && device.name !== 'cpu')
      throw new MstaError(
        'ERR_ARGUMENT',
        `dtype int8 is for the CPU; on ${device.name} take bfloat16 or float32`,
      )
    shapes.delete(TEMPERATURE)
    const dtypeOf = (name: string) => (name === LOG_SCALE ? 'float32' : storageType(dtype))
    return new ViClipModel(device, config, dtype, ParameterStore.create(device, shapes, dtypeOf))
  }

  /** A model with seeded random parameters, initialised as CLIP is; to try everything without a checkpoint. */
  static random(device: Device, config: ViClipConfig, seed = 0, dtype: ModelDType = 'float32'): ViClipModel {
    const model = ViClipModel.empty(device, config, dtype)
    let stream = 0
    for (const [name, tensor] of model.parameters.entries()) {
      if (tensor === model.logScale) continue
      const deviation = initialDeviation(name, config)
      if (deviation === undefined) {
        const one = name.endsWith('.weight') ? 1 : 0
        combine([], [], { like: tensor, out: tensor, constant: one })
      } else fillNormal(tensor, deviation, { seed, stream })
      stream++
    }
    return model
  }

  /** @returns [batch, embedDim], before L2 normalisation; see {@link VideoEncoder.forward} */
  encodeVideo(video: Tensor<Video> | VideoPrefix, adapter?: ModelAdapter | null): Tensor<Embeddings> {
    return this.video.forward(video, lookup('video', adapter))
  }

  /** @returns [batch, embedDim], before L2 normalisation; see {@link TextEncoder.forward} */
  encodeText(texts: TokenIds | TextPrefix, adapter?: ModelAdapter | null): Tensor<Embeddings> {
    return this.text.forward(texts, lookup('text', adapter))
  }

  /** See {@link VideoEncoder.lastQueriesKeysValues}. */
  lastQueriesKeysValues(video: Tensor<Video>, adapter?: ModelAdapter | null): Tensor<Tokens> {
    return this.video.lastQueriesKeysValues(video, lookup('video', adapter))
  }

  /**
   * What the blocks below the first that `adapter` adapts make of a video. It does not depend on the adapter's values,
   * and {@link encodeVideo} goes on from there.
   *
   * @throws MstaError ERR_ARGUMENT where the adapter tunes the model itself
   */
  prefixVideo(video: Tensor<Video>, adapter: ModelAdapter): VideoPrefix {
    refuseTuned(adapter)
    return this.video.prefix(video, this.video.transformer.firstAdapted(lookup('video', adapter)))
  }

  /** The same of texts, for {@link encodeText}. */
  prefixText(ids: TokenIds, adapter: ModelAdapter): TextPrefix {
    refuseTuned(adapter)
    return this.text.prefix(ids, this.text.transformer.firstAdapted(lookup('text', adapter)))
  }

  /**
   * Packs the frozen weights of an encoder ahead of its first use, a block at a time, so that this use does not keep
   * the event loop busy with setting up a hundred buffers at once.
   */
  async prepare(encoder: 'video' | 'text', job: Job): Promise<void> {
    for (const block of this[encoder].transformer.blocks) {
      const isNew = job.run(() => block.linears.map((linear) => linear.pack())).includes(true)
      if (isNew) await job.run(() => this.device.synchronize())
    }
  }

  /** Must follow any change of a block's parameters or of what is trainable. */
  forgetPacked(): void {
    this.video.transformer.forgetPacked()
    this.text.transformer.forgetPacked()
  }

  /** Must follow any change of the model's parameters as a whole: {@link forgetPacked}, and the new temperature. */
  async parametersChanged(): Promise<void> {
    this.forgetPacked()
    const [logScale] = (await this.logScale?.data()) ?? []
    if (logScale !== undefined) this.currentTemperature = Math.exp(-logScale)
  }

  /** Frees all device memory of the model. */
  dispose(): void {
    this.parameters.dispose()
    this.forgetPacked()
    this.device.trim()
  }
}

function refuseTuned({ tunesModel }: ModelAdapter): void {
  if (tunesModel)
    throw new MstaError('ERR_ARGUMENT', 'A model that is tuned as a whole has no prefix that stays the same')
}

function lookup(
  encoder: 'video' | 'text',
  adapter: ModelAdapter | null | undefined,
): AdapterLookup | undefined {
  if (!adapter) return undefined
  return encoder === 'video' ? (block) => adapter.videoBlock(block) : (block) => adapter.textBlock(block)
}

/** Standard deviation of CLIP's initialisation; undefined for what starts at one or zero. */
function initialDeviation(name: string, { video, text }: ViClipConfig): number | undefined {
  if (name.endsWith('bias') || name.includes('.ln_')) return undefined
  const { width, layers } = name.startsWith('vision_encoder') ? video : text
  const residual = width ** -0.5 * (2 * layers) ** -0.5
  if (name.endsWith('c_fc.weight')) return (2 * width) ** -0.5
  if (name.endsWith('c_proj.weight') || name.endsWith('out_proj.weight')) return residual
  if (name.endsWith('token_embedding.weight')) return 0.02
  if (name.startsWith('text_encoder') && name.endsWith('positional_embedding')) return 0.01
  return width ** -0.5
}
