import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { MstaError } from '../../runtime/errors.js'
import { linesOf, splitLastWord } from '../lines.js'
import { readTextFile } from '../text-file.js'
import { listError, type RawEntry } from './entry.js'

/** A class's file of one split. */
const FILE = /^(.+)_test_split(\d+)\.txt$/
/** What the number after a video's name means; 0 is in neither part. */
const PARTS = { train: '1', test: '2' } as const

/** Whether a file is named like one class of HMDB's own splits. */
export function isHmdbFile(file: string): boolean {
  return FILE.test(path.basename(file))
}

/**
 * HMDB-51's own splits: a folder with a file `<class>_test_split<n>.txt` for each class, whose lines are
 * `video.avi 0|1|2` (neither, training, test).
 * @param part `train1`, `test1`, ... @returns entries, class by class, and a hash of the files and the part.
 */
export async function readHmdbSplits(
  folder: string,
  part: string | undefined,
  signal?: AbortSignal,
): Promise<{ raw: RawEntry[]; sha256: string }> {
  const names = await readdir(folder).catch((cause: Error) => {
    throw new MstaError('ERR_FILE', `The folder ${folder} cannot be read (${cause.message}).`, {
      file: folder,
      cause,
    })
  })
  const files = names.filter(isHmdbFile).sort()
  const [, kind, split] = /^(train|test)(\d+)$/.exec(part ?? '') ?? []
  const wanted = files.filter((name) => FILE.exec(name)?.[2] === split)
  if (kind === undefined || wanted.length === 0) throw noSuchPart(folder, part, files)
  const hash = createHash('sha256').update(`${part}\n`)
  const raw: RawEntry[] = []
  for (const name of wanted) {
    const file = path.join(folder, name)
    const { text, sha256 } = await readTextFile(file, 'list file', signal)
    hash.update(`${name} ${sha256}\n`)
    const className = FILE.exec(name)![1]!
    for (const { text: words, line } of linesOf(text)) {
      const place = `${file}:${line}`
      const [video, use] = splitLastWord(words)
      if (video === '' || !/^[012]$/.test(use))
        throw listError(place, `${JSON.stringify(words)} is not "video.avi n" with n of 0, 1 or 2.`)
      if (use === PARTS[kind as keyof typeof PARTS]) raw.push({ path: video, className, line, place })
    }
  }
  return { raw, sha256: hash.digest('hex') }
}

function noSuchPart(folder: string, part: string | undefined, files: readonly string[]) {
  const splits = [...new Set(files.map((name) => FILE.exec(name)![2]!))].sort()
  if (splits.length === 0)
    return listError(folder, 'The folder has no HMDB split files (CLASS_test_split1.txt). Give a list file.')
  const parts = splits.flatMap((split) => [`train${split}`, `test${split}`])
  const what = part === undefined ? 'It has several parts' : `It has no part ${JSON.stringify(part)}`
  return listError(folder, `${what}. Add one of ${parts.map((name) => `#${name}`).join(', ')} to the path.`)
}
