import { MstaError } from '../runtime/errors.js'
import type { DecodedFrames } from '../video/decode.js'
import { type DecodeJob, type DecodeResult, decodeMany } from '../video/decode-many.js'
import { sampleMultiView, sampleTest, sampleTrain } from '../video/sampling.js'
import { testTransforms, trainTransformPaper, trainTransformVifi } from '../video/transforms.js'
import { isAboutVideo } from './bad-video.js'
import { checkCount } from './check-count.js'
import type { Dataset } from './dataset.js'
import { decodeCached } from './frame-cache/decode-cached.js'
import { FrameCache, type FrameCacheStats } from './frame-cache/frame-cache.js'
import type { LoaderBatch, LoaderClip, LoaderFailure, LoaderOptions } from './loader-types.js'
import { itemStream } from './streams.js'

export type * from './loader-types.js'

const DEFAULT_FRAMES = 8
const DEFAULT_SIZE = 224
const DEFAULT_FAILURE_SHARE = 0.05
const NAMED_IN_ERROR = 5

/** Where to begin and how to stop. */
export interface BatchesOptions {
  /** First batch to give, 0-based; the batches before it are not decoded. Default 0. */
  startBatch?: number
  /** Entries that need no pixels: their clips come without frames. Asked once, before the first batch. */
  skip?: ((entry: number) => boolean) | undefined
  signal?: AbortSignal | undefined
}

/**
 * Gives a data set as batches of decoded clips. What is in a training batch is a function of (seed, epoch, batch
 * number) alone: not of concurrency, of earlier epochs or of where a run was resumed.
 */
export class Loader {
  /** Batches of one epoch. */
  readonly batchCount: number
  private readonly frameCounts = new Map<string, number>()
  private readonly frames: number
  private readonly size: number
  private readonly cache: FrameCache | undefined

  /** @throws MstaError ERR_ARGUMENT. */
  constructor(
    readonly dataset: Dataset,
    private readonly options: LoaderOptions,
  ) {
    this.frames = checkCount('frames', options.frames ?? DEFAULT_FRAMES)
    this.size = checkCount('size', options.size ?? DEFAULT_SIZE)
    const batches = dataset.entries.length / checkCount('batchSize', options.batchSize)
    this.batchCount = options.mode === 'train' && options.dropLast ? Math.floor(batches) : Math.ceil(batches)
    const { isFixed, frames, size } = this
    const { clips, crops } = this.views
    if (options.cacheFrames)
      this.cache = new FrameCache({ isFixed, frames, size, clips, crops }, options.cacheFrames)
  }

  /** What the frame cache has done so far; null without one. */
  get cacheStats(): FrameCacheStats | null {
    return this.cache ? { ...this.cache.stats } : null
  }

  /** What decides the frames besides seed and epoch: which of a video the cache keeps. Undefined if it decides nothing. */
  get cachedFrames(): { rule: string; shortSide: number } | undefined {
    if (!this.cache || this.isFixed) return undefined
    const { rule, shortSide } = this.cache.plan
    return { rule, shortSide }
  }

  /** The order in which an epoch takes the entries of the data set: their positions. */
  order(epoch: number): number[] {
    const { length } = this.dataset.entries
    if (this.options.mode === 'test') return Array.from({ length }, (_, i) => i)
    return itemStream(this.options.seed, 'shuffle', epoch, 0).permutation(length)
  }

  /**
   * The batches of an epoch, decoded ahead within the limits of decodeMany.
   * @throws MstaError ERR_ARGUMENT; ERR_FFMPEG; a bad video's own error (policy 'fail'); ERR_VIDEO when too many are
   * bad (policy 'skip'); the signal's reason on abort.
   */
  async *batches(
    epoch = 0,
    { startBatch = 0, skip, signal }: BatchesOptions = {},
  ): AsyncGenerator<LoaderBatch> {
    checkCount('epoch', epoch, 0)
    checkCount('startBatch', startBatch, 0)
    const { batchSize } = this.options
    const end = Math.min(this.batchCount * batchSize, this.dataset.entries.length)
    const order = this.order(epoch).slice(startBatch * batchSize, end)
    const failed: LoaderFailure[] = []
    let batch: LoaderBatch = { epoch, index: startBatch, clips: [], failures: [] }
    let taken = 0
    for await (const { entry, result } of this.decoded(epoch, order, skip, signal)) {
      if (!result) {
        batch.clips.push(this.clipWithoutFrames(entry))
      } else if (result.ok) {
        this.frameCounts.set(this.dataset.entries[entry]!.file, result.clip.frameCount)
        batch.clips.push(...this.clips(epoch, entry, result.clip))
      } else {
        const failure = this.failure(entry, result)
        batch.failures.push(failure)
        failed.push(failure)
        this.checkFailures(failed)
      }
      taken++
      if (taken % batchSize === 0 || taken === order.length) {
        yield batch
        batch = { epoch, index: batch.index + 1, clips: [], failures: [] }
      }
    }
  }

  /** The entries in their order, each with its outcome unless it is skipped. */
  private async *decoded(
    epoch: number,
    order: readonly number[],
    skip: BatchesOptions['skip'],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<{ entry: number; result?: DecodeResult }> {
    const { batchSize: _, decodeBatchSize, ...rest } = this.options
    const skipped = new Set(skip && order.filter(skip))
    const jobs = order.filter((entry) => !skipped.has(entry)).map((entry) => this.job(epoch, entry))
    const signals = [this.options.signal, signal].filter((given) => given !== undefined)
    const limits = {
      ...rest,
      ...(decodeBatchSize === undefined ? {} : { batchSize: decodeBatchSize }),
      signal: signals.length > 0 ? AbortSignal.any(signals) : undefined,
    }
    const results = this.cache ? decodeCached(jobs, this.cache, limits) : decodeMany(jobs, limits)
    let next = 0
    for await (const result of results) {
      while (skipped.has(order[next]!)) yield { entry: order[next++]! }
      yield { entry: order[next++]!, result }
    }
    while (next < order.length) yield { entry: order[next++]! }
  }

  private job(epoch: number, entry: number): DecodeJob {
    const { file } = this.dataset.entries[entry]!
    const options = this.options
    const frameCountHint = this.frameCounts.get(file)
    const select = (count: number) => {
      if (options.mode === 'train' && !this.isFixed) {
        // Made anew on every call: decoding may ask twice and must get the same answer.
        const random = itemStream(options.seed, 'sampling', epoch, entry)
        return sampleTrain(count, this.frames, () => random.next())
      }
      const { clips } = this.views
      return clips === 1 ? sampleTest(count, this.frames) : sampleMultiView(count, this.frames, clips).flat()
    }
    return { path: file, select, ...(frameCountHint === undefined ? {} : { frameCountHint }) }
  }

  private clips(epoch: number, entry: number, decoded: DecodedFrames): LoaderClip[] {
    const { label, path } = this.dataset.entries[entry]!
    const { width, height } = decoded
    const transforms = this.transforms(epoch, entry, width, height)
    const clipBytes = this.frames * height * width * 3
    return Array.from({ length: decoded.indices.length / this.frames }, (_, view) => ({
      frames: decoded.frames.subarray(view * clipBytes, (view + 1) * clipBytes),
      height,
      width,
      transforms,
      label,
      path,
      entry,
      view,
      indices: decoded.indices.slice(view * this.frames, (view + 1) * this.frames),
    }))
  }

  private clipWithoutFrames(entry: number): LoaderClip {
    const { label, path } = this.dataset.entries[entry]!
    const none = { frames: new Uint8Array(), height: 0, width: 0, transforms: [], indices: [] }
    return { ...none, label, path, entry, view: 0 }
  }

  /** Whether every video has the views of a test. */
  private get isFixed(): boolean {
    return this.options.mode === 'test' || this.options.preset === 'none'
  }

  private get views(): { clips: number; crops: 1 | 3 } {
    return (this.options.mode === 'test' && this.options.views) || { clips: 1, crops: 1 }
  }

  private transforms(epoch: number, entry: number, width: number, height: number) {
    const { options, size } = this
    if (options.mode === 'test' || options.preset === 'none')
      return testTransforms(width, height, { size, crops: this.views.crops })
    const stream = itemStream(options.seed, 'transform', epoch, entry)
    const random = () => stream.next()
    if (options.preset === 'vifi') return [trainTransformVifi(width, height, size, random)]
    return [trainTransformPaper(width, height, size, random, options.crop)]
  }

  private failure(entry: number, result: DecodeResult & { ok: false }): LoaderFailure {
    const { error } = result
    if (!isAboutVideo(error) || this.options.badVideos === 'fail') throw error
    const { file, path, label } = this.dataset.entries[entry]!
    return { file, path, label, error }
  }

  private checkFailures(failed: readonly LoaderFailure[]): void {
    const total = this.dataset.entries.length
    const share = this.options.maxFailureShare ?? DEFAULT_FAILURE_SHARE
    if (failed.length <= Math.max(1, Math.floor(share * total)) && failed.length < total) return
    const named = failed.slice(0, NAMED_IN_ERROR).map(({ path }) => path)
    const more = failed.length > NAMED_IN_ERROR ? ', ...' : ''
    throw new MstaError(
      'ERR_VIDEO',
      `${failed.length} of ${total} videos cannot be decoded, more than ${share * 100} %: ${named.join(', ')}${more}. ` +
        `The first: ${failed[0]!.error.message} Repair the data set, or raise maxFailureShare.`,
      { file: failed[0]!.file, cause: failed[0]!.error },
    )
  }
}
