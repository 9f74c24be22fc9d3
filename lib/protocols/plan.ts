import { type Dataset, loadDataset } from '../data/dataset.js'
import { type Labels, readLabels } from '../data/labels.js'
import { drawShots, mostPerClass, ofClasses } from '../data/subset.js'
import { MstaError } from '../runtime/errors.js'
import { listOf, type ProtocolRequest } from './request.js'

/** Videos to train on. */
export interface Training {
  /** Names its folder; unique in a plan. */
  name: string
  seed: number
  /** Videos of the class that has most. */
  shots: number
  data: Dataset
}

/** Videos to test on. */
export interface Test {
  /** `test`, `split1`, ..., or `base` and `novel`. */
  name: string
  data: Dataset
}

/** What a protocol trains and tests on. */
export interface Plan {
  trainings: Training[]
  tests: Test[]
}

/** Options of {@link planProtocol}. */
export interface PlanOptions {
  signal?: AbortSignal | undefined
  /** Told of videos that are not drawn because they cannot be decoded. */
  onNote?: ((note: string) => void) | undefined
}

/** As many as the few-shot and base-to-novel protocols train on at most (SPEC section 6). */
const MOST_SHOTS = 16
const BASE_TO_NOVEL_SEEDS = [0, 1, 2]

/**
 * Reads the lists of a request and draws its training videos.
 * @param seed of runs whose seed the request does not give
 * @throws MstaError ERR_FILE, ERR_LIST, ERR_LABELS; the signal's reason on abort
 */
export async function planProtocol(
  request: ProtocolRequest,
  seed: number,
  options: PlanOptions = {},
): Promise<Plan> {
  const { signal } = options
  const { data, protocol } = request
  const load = (root: string, list: string, labels: Labels) =>
    loadDataset({ root, list, labels, missing: request.badVideos ?? 'skip', ...(signal && { signal }) })
  const files = listOf(data.labels)
  const labels = await Promise.all(files.map((file) => readLabels(file, signal)))
  const tests = await Promise.all(
    listOf(data.test).map((list, i) => load(data.root, list, labels[i] ?? labels[0]!)),
  )
  const source = data.source
  const trainLabels = source ? await readLabels(source.labels, signal) : labels[0]!
  const trains = await Promise.all(
    listOf(data.train ?? []).map((list) => load(source?.root ?? data.root, list, trainLabels)),
  )
  if (protocol !== 'base-to-novel') {
    const isSplit = tests.length > 1
    return {
      trainings: await trainingsOf(trains, request, [seed], options),
      tests: tests.map((test, i) => ({ name: isSplit ? `split${i + 1}` : 'test', data: test })),
    }
  }
  const seeds = trains.length > 1 ? [seed] : BASE_TO_NOVEL_SEEDS
  if (data.novel) {
    const novel = await load(data.root, data.novel.test, await readLabels(data.novel.labels, signal))
    return {
      trainings: await trainingsOf(trains, request, seeds, options),
      tests: [
        { name: 'base', data: tests[0]! },
        { name: 'novel', data: novel },
      ],
    }
  }
  const [base, rest] = halves(labels[0]!)
  return {
    trainings: await trainingsOf(
      trains.map((train) => ofClasses(train, base)),
      request,
      seeds,
      options,
    ),
    tests: [
      { name: 'base', data: withVideos(ofClasses(tests[0]!, base)) },
      { name: 'novel', data: withVideos(ofClasses(tests[0]!, rest)) },
    ],
  }
}

/** The classes in two halves, the first one the larger. */
function halves({ names, file }: Labels): [base: number[], novel: number[]] {
  if (names.length < 2)
    throw new MstaError(
      'ERR_LABELS',
      `${file}: base and novel classes take at least two classes, there is ${names.length}.`,
      { file: file! },
    )
  const ids = [...names.keys()]
  const middle = Math.ceil(names.length / 2)
  return [ids.slice(0, middle), ids.slice(middle)]
}

function withVideos(dataset: Dataset): Dataset {
  if (dataset.entries.length > 0) return dataset
  const { file } = dataset.list
  const classes = dataset.labels.names.slice(0, 5).join(', ')
  throw new MstaError('ERR_LIST', `${file}: it has no video of the classes ${classes}.`, { file })
}

async function trainingsOf(
  trains: readonly Dataset[],
  { seeds, shots, protocol, badVideos }: ProtocolRequest,
  defaultSeeds: readonly number[],
  { signal, onNote }: PlanOptions,
): Promise<Training[]> {
  const chosen = seeds && seeds.length > 0 ? seeds : defaultSeeds
  const isLimited = protocol === 'few-shot' || protocol === 'base-to-novel'
  const counts = shots && shots.length > 0 ? shots : [isLimited ? MOST_SHOTS : Number.POSITIVE_INFINITY]
  const runs = Array.from({ length: trains.length && Math.max(trains.length, chosen.length) }, (_, i) => ({
    list: trains.length > 1 ? i : 0,
    seed: chosen.length > 1 ? chosen[i]! : chosen[0]!,
  }))
  const onBadVideo = (_: unknown, { message }: Error) => onNote?.(`not drawn: ${message}`)
  const trainings: Training[] = []
  for (const count of counts) {
    for (const { list, seed } of runs) {
      const data = withVideos(await drawShots(trains[list]!, count, seed, { badVideos, onBadVideo, signal }))
      const parts = [
        ...(counts.length > 1 ? [`shots-${count}`] : []),
        ...(trains.length > 1 ? [`list-${list + 1}`] : []),
        `seed-${seed}`,
      ]
      trainings.push({ name: parts.join('_'), seed, shots: mostPerClass(data), data })
    }
  }
  return trainings
}
