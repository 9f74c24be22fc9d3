import type { Argv } from 'yargs'
import type { CacheFramesOptions, FrameCacheStats } from '../index.js'
import { UsageError } from './exit.js'
import { wholeNumber, word } from './options.js'
import type { Output } from './output.js'

/** Adds the options that say where decoded frames are kept, and which. */
export function withCacheOptions<T>(yargs: Argv<T>) {
  const frames = word("Frames that --cache-frames keeps of a video, or 'all'; 32 unless given")
  return yargs
    .option(
      'cache-frames',
      word('Folder for decoded frames: later epochs and runs read instead of decoding; runs may share it'),
    )
    .option('cache-frames-per-clip', { ...frames, coerce: (value) => framesPerClip(frames.coerce(value)) })
    .option(
      'cache-frames-short-side',
      wholeNumber(
        'cache-frames-short-side',
        'Pixels to which --cache-frames shrinks; for a model of 224 256 unless given',
        1,
      ),
    )
    .option(
      'cache-frames-limit',
      wholeNumber(
        'cache-frames-limit',
        'Gigabytes for --cache-frames: what was not read for longest makes place',
        1,
      ),
    )
    .group(
      ['cache-frames', 'cache-frames-per-clip', 'cache-frames-short-side', 'cache-frames-limit'],
      'Frame cache:',
    )
}

const framesPerClip = (value: string): number | 'all' =>
  value === 'all' ? value : wholeNumber('cache-frames-per-clip', '', 1).coerce(value)

interface Words {
  'cache-frames'?: string | undefined
  'cache-frames-per-clip'?: number | 'all' | undefined
  'cache-frames-short-side'?: number | undefined
  'cache-frames-limit'?: number | undefined
}

/** What {@link withCacheOptions} were given; undefined for no cache. @throws UsageError */
export function cacheOptions(options: Words, output: Output): CacheFramesOptions | undefined {
  const folder = options['cache-frames']
  const frames = options['cache-frames-per-clip']
  const shortSide = options['cache-frames-short-side']
  const gigabytes = options['cache-frames-limit']
  const limitBytes = gigabytes === undefined ? undefined : gigabytes * 1e9
  if (folder !== undefined)
    return { folder, frames, shortSide, limitBytes, onWarning: (message) => output.warn(message) }
  if (frames !== undefined || shortSide !== undefined || gigabytes !== undefined)
    throw new UsageError(
      '--cache-frames-per-clip, --cache-frames-short-side and --cache-frames-limit need --cache-frames',
    )
  return undefined
}

/** A line on what the cache did, with the room that its new entries take. */
export function cacheSummary({ hits, misses, written, bytesWritten, removed }: FrameCacheStats): string {
  const place = removed === 0 ? '' : `, ${removed} videos of others removed`
  const clips = `frame cache: ${hits} clips read, ${misses} decoded${place}`
  if (written === 0) return clips
  return `${clips}; ${written} videos added, ${sizeText(bytesWritten / written)} each, ${sizeText(bytesWritten)}`
}

function sizeText(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
