import type { CacheFramesOptions } from '../data/frame-cache/plan.js'
import type { ModelDType } from '../nn/model-dtype.js'
import type { LoadedWith } from '../recognition/viclip.js'
import type { DeviceName } from '../runtime/device.js'
import { MstaError } from '../runtime/errors.js'

/** How a data set is tested (SPEC section 6). */
export const PROTOCOLS = ['zero-shot', 'few-shot', 'base-to-novel', 'supervised'] as const

/** One of {@link PROTOCOLS}. */
export type ProtocolName = (typeof PROTOCOLS)[number]

/** The lists and classes of a protocol, by the paths of their files. */
export interface ProtocolData {
  /** Folder that the paths of the lists are relative to. */
  root: string
  /**
   * Label file of the tested classes, one for all test lists or one for each. Base-to-novel: of the base classes, or,
   * without `novel`, of all, whose first half (rounded up) is then base and the rest novel.
   */
  labels: string | readonly string[]
  /** Test list; several are splits, over which results are averaged. */
  test: string | readonly string[]
  /** Training list; of several each makes a run. Nothing is trained without it. */
  train?: string | readonly string[] | undefined
  /** Base-to-novel: test list and classes of the novel half. */
  novel?: { labels: string; test: string } | undefined
  /** Where training videos are of another data set than the tested ones (zero-shot transfer). */
  source?: { root: string; labels: string } | undefined
}

/** A model by where it comes from, with options of its loading. */
export interface ModelRequest extends LoadedWith {
  /** As `ViCLIP.load` takes it. */
  source: string
  device?: DeviceName | undefined
  dtype?: 'auto' | ModelDType | undefined
}

/** Description files: of each kind one, and the label file they are made for, if not that of the training list. */
export interface DescriptionFiles {
  spatial: string
  temporal: string
  labels?: string | undefined
}

/** All that decides a protocol's figures, as plain data: a result bundle holds it, and can be run again from it. */
export interface ProtocolRequest {
  protocol: ProtocolName
  data: ProtocolData
  model: ModelRequest
  /** A CLIP checkpoint, for the systems that are made of it. */
  clip?: ModelRequest | undefined
  /** What to compare, by the names of {@link SYSTEM_NAMES} or of recipes; or adapter files already trained. */
  systems?: readonly string[] | undefined
  /** Adapter files to test instead of training: one for each run. */
  adapters?: readonly string[] | undefined
  /** Recipe of all that trains; that of the protocol unless given. */
  recipe?: string | undefined
  /** Changes of the recipe, `key=value`, or `SYSTEM:key=value` for one system. */
  changes?: readonly string[] | undefined
  descriptions?: DescriptionFiles | undefined
  /**
   * Seeds of the runs: of one training list each makes a run, of several lists they go with them in turn. The
   * recipe's unless given; base-to-novel with one list: 0, 1 and 2.
   */
  seeds?: readonly number[] | undefined
  /** Videos of each class to train on; several numbers are runs of their own. Few-shot, base-to-novel: at most 16. */
  shots?: readonly number[] | undefined
  /** CLIPSxCROPS; `'1x1'` unless given, `'4x3'` for the supervised protocol. */
  views?: string | undefined
  /** Degrees of freedom that a standard deviation takes off; 1 unless given. */
  ddof?: number | undefined
  badVideos?: 'skip' | 'fail' | undefined
  /** Decoded frames kept for all runs. Tests give the same numbers with it; for training see {@link CacheFramesOptions}. */
  cacheFrames?: Pick<CacheFramesOptions, 'folder' | 'frames' | 'shortSide'> | undefined
  /** What to do when videos or classes are both trained and tested on; 'fail' unless given. */
  onOverlap?: 'fail' | 'warn' | undefined
}

/** One or several as several. */
export const listOf = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? (value as readonly T[]) : [value as T]

/** Returns a request whose values make sense together. @throws MstaError ERR_ARGUMENT */
export function checkRequest(request: ProtocolRequest): ProtocolRequest {
  const fail = (what: string) => new MstaError('ERR_ARGUMENT', `Protocol ${request.protocol}: ${what}`)
  if (!PROTOCOLS.includes(request.protocol))
    throw new MstaError(
      'ERR_ARGUMENT',
      `There is no protocol "${request.protocol}"; known: ${PROTOCOLS.join(', ')}`,
    )
  const { data, adapters, seeds = [], shots = [], protocol } = request
  const tests = listOf(data.test)
  const labels = listOf(data.labels)
  if (tests.length === 0) throw fail('there is no test list')
  if (labels.length !== 1 && labels.length !== tests.length)
    throw fail(`${labels.length} label files do not go with ${tests.length} test lists`)
  if (protocol !== 'zero-shot' && labels.length > 1) throw fail('it has one label file')
  if (protocol === 'base-to-novel' && tests.length > 1) throw fail('it has one test list of base classes')
  if (data.novel && protocol !== 'base-to-novel') throw fail('it has no novel classes')
  if (data.source && protocol !== 'zero-shot') throw fail('training and test videos are of one data set')
  if (data.train !== undefined && protocol === 'zero-shot' && !data.source)
    throw fail('it trains on another data set: give its folder and labels with the training list')
  if (adapters && data.train !== undefined) throw fail('give adapters or a training list, not both')
  if (adapters && request.systems) throw fail('give adapters or systems, not both')
  if (adapters?.length === 0) throw fail('there is no adapter')
  for (const seed of seeds)
    if (!Number.isSafeInteger(seed) || seed < 0) throw fail(`a seed is a whole number from 0, not ${seed}`)
  for (const count of shots)
    if (!Number.isSafeInteger(count) || count < 1) throw fail(`shots are whole numbers from 1, not ${count}`)
  const ddof = request.ddof ?? 1
  if (!Number.isSafeInteger(ddof) || ddof < 0)
    throw fail(`ddof is a whole number from 0, not ${request.ddof}`)
  const trains = data.train === undefined ? 0 : listOf(data.train).length
  if (trains > 1 && seeds.length > 1 && trains !== seeds.length)
    throw fail(`${seeds.length} seeds do not go with ${trains} training lists`)
  return request
}
