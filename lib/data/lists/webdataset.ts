import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import path from 'node:path'
import { createGate } from '../../runtime/gate.js'
import { listTar, type TarMember } from '../../video/tar-file.js'
import { listError, type RawEntry } from './entry.js'
import { parseSampleLabel, type SampleLabel } from './sample-label.js'

const VIDEO = /(^|\.)(avi|mp4|m4v|mkv|mov|webm|mpe?g|wmv|flv|3gp|ts|gif)$/i
/** Kinds of label files, the first that a sample has counts. */
const LABELS = ['cls', 'json', 'txt']
const MOST_LABEL_BYTES = 2 ** 20
const SHARDS_AT_ONCE = 8

/** What a shard has under one key: members by extension, in lower case. */
interface Sample {
  key: string
  members: Map<string, TarMember>
}

/** The samples of one shard as list entries, and a hash of them. */
interface ShardSamples {
  raw: RawEntry[]
  sha256: string
}

/**
 * Samples of WebDataset shards: members of one key, which is the name up to the first dot with its folder; a video
 * and a label `.cls` (a number from 0), `.json` (`{"label": ...}`, a number or a class name) or `.txt` (likewise).
 * Nothing is unpacked: a video is `shard.tar/name` from here on.
 * @param root paths are relative to it, where the shards are below it. Default: the current folder.
 * @returns entries in the order of shards and samples, whose line is the number of the sample in its shard, and a hash
 *   of the shards' names and of the samples' keys, labels, and names and sizes of videos: not of their contents.
 */
export async function readShards(
  shards: readonly string[],
  { root = '.', signal }: { root?: string | undefined; signal?: AbortSignal | undefined },
): Promise<{ raw: RawEntry[]; sha256: string }> {
  const gate = createGate(SHARDS_AT_ONCE)
  const read = shards.map((shard) =>
    gate(() => {
      signal?.throwIfAborted()
      return readShard(shard, pathOf(shard, path.resolve(root)), signal)
    }),
  )
  const hash = createHash('sha256')
  const raw: RawEntry[] = []
  // Whoever awaits one that fails sees it; the others must not count as unhandled.
  await Promise.allSettled(read)
  for (const [i, samples] of (await Promise.all(read)).entries()) {
    hash.update(`${path.basename(shards[i]!)} ${samples.sha256}\n`)
    for (const entry of samples.raw) raw.push(entry)
  }
  const odd = raw.find(({ label }) => (label === undefined) !== (raw[0]!.label === undefined))
  if (odd)
    throw listError(
      odd.place,
      'Some samples have a number as label, others a class name. Write them all in one way.',
    )
  return { raw, sha256: hash.digest('hex') }
}

async function readShard(
  shard: string,
  shownAs: string,
  signal: AbortSignal | undefined,
): Promise<ShardSamples> {
  const samples = groupByKey(await listTar(shard))
  const handle = await open(shard, 'r')
  try {
    const raw: RawEntry[] = []
    const hash = createHash('sha256')
    for (const sample of samples) {
      signal?.throwIfAborted()
      const place = `${shard}/${sample.key}`
      const video = videoOf(sample, place)
      const label = await readLabel(handle, sample, place)
      // Without a video it is one that is missing.
      const name = `${shownAs}/${video?.name ?? `${sample.key}.mp4`}`
      raw.push({ path: name, ...label, line: raw.length + 1, place })
      hash.update(`${JSON.stringify([sample.key, label, video?.name, video?.length])}\n`)
    }
    return { raw, sha256: hash.digest('hex') }
  } finally {
    await handle.close()
  }
}

/** The samples of a shard in the order of their first members; names that begin with a dot are no samples. */
function groupByKey(members: readonly TarMember[]): Sample[] {
  const samples = new Map<string, Sample>()
  for (const member of members) {
    const folder = member.name.lastIndexOf('/') + 1
    const dot = member.name.indexOf('.', folder)
    if (dot <= folder) continue
    const key = member.name.slice(0, dot)
    const sample = samples.get(key) ?? { key, members: new Map() }
    samples.set(key, sample)
    sample.members.set(member.name.slice(dot + 1).toLowerCase(), member)
  }
  return [...samples.values()].filter(({ members }) => [...members.keys()].some(isOfUse))
}

const isOfUse = (extension: string): boolean => VIDEO.test(extension) || LABELS.includes(extension)

function videoOf({ members }: Sample, place: string): TarMember | undefined {
  const videos = [...members.keys()].filter((extension) => VIDEO.test(extension))
  if (videos.length > 1) throw listError(place, `The sample has several videos: ${videos.join(', ')}.`)
  return members.get(videos[0] ?? '')
}

async function readLabel(handle: FileHandle, { members }: Sample, place: string): Promise<SampleLabel> {
  const kinds = LABELS.filter((kind) => members.has(kind))
  for (const kind of kinds) {
    const { start, length } = members.get(kind)!
    if (length > MOST_LABEL_BYTES) throw listError(`${place}.${kind}`, `${length} bytes are no label.`)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, start)
    const label = parseSampleLabel(kind, buffer.toString('utf8', 0, bytesRead), `${place}.${kind}`)
    if (label) return label
  }
  const found = kinds.length > 0 ? `${kinds.join(' and ')} without a label` : 'none of them'
  throw listError(place, `A sample needs .cls, .json with "label", or .txt; this one has ${found}.`)
}

/** As the paths of other lists, relative to `root`; absolute for a shard outside. */
function pathOf(shard: string, root: string): string {
  const relative = path.relative(root, shard)
  const isInside = relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative)
  return (isInside ? relative : shard).replaceAll(path.sep, '/')
}
