import { readFile } from 'node:fs/promises'
import { isJsonObject, parseJson } from '../../formats/json.js'
import { replaceFile } from '../../formats/replace-file.js'
import { MstaError } from '../../runtime/errors.js'
import { parseUnfinishedDescriptions } from '../descriptions.js'

/** Of which class a list of sentences is, and which model wrote it. */
interface Source {
  name: string
  model: string
}

/**
 * A file of descriptions that grows class by class; at every moment it is valid, in ETL4Video's format. What it holds
 * already stays. `NAME.source.json` beside it tells which class and which model each list is from, and so notices when
 * the labels have changed.
 */
export class DescriptionFile {
  #writing: Promise<void> = Promise.resolve()

  private constructor(
    readonly file: string,
    private readonly names: readonly string[],
    private readonly lists: Map<number, string[]>,
    private readonly sources: Map<number, Source>,
  ) {}

  /** @throws MstaError ERR_FILE, ERR_FORMAT; ERR_LABELS when the file is of other classes */
  static async open(file: string, names: readonly string[]): Promise<DescriptionFile> {
    const text = await readIfThere(file)
    const lists =
      text === undefined ? new Map<number, string[]>() : parseUnfinishedDescriptions(text, file, names.length)
    const sources = parseSources(await readIfThere(sourceFileOf(file)), sourceFileOf(file))
    for (const [id, { name }] of sources)
      if (lists.has(id) && names[id] !== name)
        throw new MstaError(
          'ERR_LABELS',
          `${file}: class ${id} is "${name}" there and "${names[id]}" in the labels. Take the same labels, or another folder.`,
          { file },
        )
    return new DescriptionFile(file, names, lists, sources)
  }

  has(id: number): boolean {
    return this.lists.has(id)
  }

  /** All sentences, in no order. */
  sentences(): string[] {
    return [...this.lists.values()].flat()
  }

  /** Adds a class and writes the file. @throws MstaError ERR_FILE */
  add(id: number, sentences: readonly string[], model: string): Promise<void> {
    this.lists.set(id, [...sentences])
    this.sources.set(id, { name: this.names[id]!, model })
    const written = this.#writing.then(() => this.#write())
    // A failed write is told to who waits for it; the next one tries anew.
    this.#writing = written.catch(() => undefined)
    return written
  }

  async #write(): Promise<void> {
    // Sources first: a list without a source is taken for one written by hand.
    await writeById(sourceFileOf(this.file), this.sources)
    await writeById(this.file, this.lists)
  }
}

const sourceFileOf = (file: string) => file.replace(/\.json$/, '.source.json')

async function writeById(file: string, entries: ReadonlyMap<number, unknown>): Promise<void> {
  // Keys that are numbers come in their order.
  await replaceFile(file, async (handle) => {
    await handle.writeFile(`${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`)
  })
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new MstaError('ERR_FILE', `${file}: cannot be read (${message}).`, { file, cause })
  }
}

function parseSources(text: string | undefined, file: string): Map<number, Source> {
  if (text === undefined) return new Map()
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    // Told below, as any other wrong content.
  }
  const isSource = (entry: unknown) =>
    isJsonObject(entry) && typeof entry.name === 'string' && typeof entry.model === 'string'
  if (!isJsonObject(value) || !Object.values(value).every(isSource))
    throw new MstaError('ERR_FORMAT', `${file}: is damaged. Remove it, or the descriptions beside it, too.`, {
      file,
    })
  return new Map(Object.entries(value).map(([id, source]) => [Number(id), source as unknown as Source]))
}
