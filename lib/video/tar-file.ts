import { open, stat } from 'node:fs/promises'
import { MstaError } from '../runtime/errors.js'
import { readerOf } from './containers/read-at.js'
import { readTar, TarError, type TarMember } from './containers/tar.js'

export type { TarMember } from './containers/tar.js'

interface Listing {
  /** Size and time of the archive: another one of its name is listed anew. */
  state: string
  members: Promise<TarMember[]>
  byName?: Map<string, TarMember>
}

/** Of the archives used last, so many are known by heart. */
const MOST_ARCHIVES = 4096
const listings = new Map<string, Listing>()

/**
 * The regular files of a tar archive, in its order. Headers are read once, as long as the archive stays as it is.
 * @throws MstaError ERR_FILE for what is missing, no tar archive, compressed, damaged or incomplete.
 */
export async function listTar(file: string): Promise<readonly TarMember[]> {
  return (await listingOf(file)).members
}

/**
 * Where the video `shard.tar/name` lies in `shard.tar`, the last member of that name; undefined if there is no such
 * archive or member. @throws as {@link listTar}.
 */
export async function findInTar(file: string): Promise<(TarMember & { archive: string }) | undefined> {
  for (const { index, 0: mark } of file.matchAll(/\.tar[\\/]/gi)) {
    const archive = file.slice(0, index + mark.length - 1)
    const info = await stat(archive).catch(() => undefined)
    if (!info?.isFile()) continue
    const listing = await listingOf(archive)
    listing.byName ??= new Map((await listing.members).map((member) => [member.name, member]))
    const member = listing.byName.get(file.slice(index + mark.length).replaceAll('\\', '/'))
    return member && { ...member, archive }
  }
  return undefined
}

async function listingOf(file: string): Promise<Listing> {
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw tarError(file, error.code === 'ENOENT' ? 'it does not exist' : error.message, error)
  })
  const state = `${info.size} ${info.mtimeMs} ${info.ino}`
  const known = listings.get(file)
  listings.delete(file)
  const listing = known?.state === state ? known : { state, members: readMembers(file, info.size) }
  listings.set(file, listing)
  for (const oldest of listings.keys()) {
    if (listings.size <= MOST_ARCHIVES) break
    listings.delete(oldest)
  }
  // A failure is not kept, so that a remedy takes effect at once.
  listing.members.catch(() => listings.delete(file))
  return listing
}

async function readMembers(file: string, size: number): Promise<TarMember[]> {
  try {
    const handle = await open(file, 'r')
    try {
      const members: TarMember[] = []
      for await (const member of readTar(readerOf(handle, 0, size), size)) members.push(member)
      return members
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof TarError) throw tarError(file, error.message, error)
    throw tarError(file, `it cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`, error)
  }
}

function tarError(file: string, problem: string, cause: unknown): MstaError {
  const remedy = 'Give a whole, uncompressed tar archive; download or write it again if it should be one.'
  return new MstaError('ERR_FILE', `${file} cannot be read as a tar archive: ${problem}. ${remedy}`, {
    file,
    cause,
  })
}
