import type { Adapter } from '../adapters/adapter.js'
import type { VideoPrefix } from '../models/viclip/video-encoder.js'
import { type ClipViews, viewsToTensor } from '../recognition/clips.js'
import { MstaError } from '../runtime/errors.js'
import type { Job } from '../runtime/job.js'
import { stack } from '../tensor/ops/stack.js'
import { scope } from '../tensor/scope.js'
import type { Recipe } from './recipes.js'

/** A clip with the number of the video it is always the same view of. */
export interface NumberedClip extends ClipViews {
  entry: number
}

/**
 * Keeps what the blocks below the first adapted one make of videos whose views never change, so that each is computed
 * once a run (SPEC section 8). Videos that find no room any more are computed whenever they come: with all of them
 * taken in turn, none is worth dropping for another.
 */
export class VideoPrefixCache {
  private readonly kept = new Map<number, VideoPrefix>()
  private room: number

  /**
   * @param megabytes of device memory (2^20 bytes)
   * @throws MstaError ERR_ARGUMENT for a limit that is none, a recipe whose views change, or a model tuned as a whole
   */
  constructor(
    private readonly adapter: Adapter,
    megabytes: number,
    { augmentation }: Pick<Recipe, 'augmentation'>,
  ) {
    if (!(megabytes >= 0))
      throw new MstaError('ERR_ARGUMENT', `cacheVideoPrefix must be megabytes from 0, not ${megabytes}`)
    if (augmentation !== 'none')
      throw new MstaError(
        'ERR_ARGUMENT',
        `cacheVideoPrefix needs views that never change, and the recipe's augmentation "${augmentation}" changes ` +
          'them: set augmentation=none, or leave cacheVideoPrefix out',
      )
    if (adapter.tunesModel)
      throw new MstaError(
        'ERR_ARGUMENT',
        `cacheVideoPrefix needs blocks that do not train, and "${adapter.method}" trains all: leave it out`,
      )
    this.room = megabytes * 2 ** 20
  }

  /** Whether that video's clip needs no frames any more. */
  has(entry: number): boolean {
    return this.kept.has(entry)
  }

  /** The prefix of a batch of clips, one view each; to be disposed by the caller. */
  async prefixOf(clips: readonly NumberedClip[], job: Job): Promise<VideoPrefix> {
    const passing: VideoPrefix[] = []
    try {
      const prefixes: VideoPrefix[] = []
      for (const clip of clips) {
        const known = this.kept.get(clip.entry)
        const prefix = known ?? (await this.compute(clip, job))
        prefixes.push(prefix)
        if (!known && !this.keep(clip.entry, prefix)) passing.push(prefix)
      }
      const { block } = prefixes[0]!
      return { block, tokens: job.run(() => stack(prefixes.map(({ tokens }) => tokens)).keep()) }
    } finally {
      for (const { tokens } of passing) tokens.dispose()
    }
  }

  private async compute(clip: ClipViews, job: Job): Promise<VideoPrefix> {
    const { model } = this.adapter
    const views = await viewsToTensor(model.device, [clip], job)
    try {
      const prefix = job.run(() => scope(() => model.prefixVideo(views, this.adapter)))
      prefix.tokens.keep()
      return prefix
    } finally {
      views.dispose()
    }
  }

  private keep(entry: number, prefix: VideoPrefix): boolean {
    if (prefix.tokens.bytes > this.room) return false
    this.room -= prefix.tokens.bytes
    this.kept.set(entry, prefix)
    return true
  }

  /** Gives the memory back. */
  dispose(): void {
    for (const { tokens } of this.kept.values()) tokens.dispose()
    this.kept.clear()
  }
}
