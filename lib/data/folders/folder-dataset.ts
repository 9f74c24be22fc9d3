import { createHash } from 'node:crypto'
import path from 'node:path'
import { makeFolder } from '../../formats/make-folder.js'
import { replaceFile } from '../../formats/replace-file.js'
import { MstaError } from '../../runtime/errors.js'
import type { Dataset, DatasetEntry } from '../dataset.js'
import type { Labels } from '../labels.js'
import { VIDEO_EXTENSIONS } from '../video-extension.js'
import { type ClassFolder, listClassFolders } from './class-folders.js'

/** Options of {@link readFolderDataset}. */
export interface FolderDatasetOptions {
  /** Folder in which {@link writeFolderLists} writes the lists; they are named after it. */
  out: string
  /** Decides which clips are held out to validate; the same seed and clips give the same ones. Default 0. */
  seed?: number | undefined
  /** Of so many clips of a class one is held out. Default 5. */
  oneIn?: number | undefined
  signal?: AbortSignal | undefined
}

/** A data set made of a folder of class folders. */
export interface FolderDataset {
  training: Dataset
  /** Null where no class has clips to spare. */
  validation: Dataset | null
  /** In the order of their ids. */
  classes: { name: string; training: number; validation: number }[]
  /** What the user should know: clips and classes that are not used as expected. */
  notes: string[]
}

const LISTS = { training: 'train.txt', validation: 'validation.txt', labels: 'labels.csv' }
const FEWEST_TO_HOLD_OUT = 3
const NAMED = 5

/**
 * Takes a folder of class folders as a data set: one clip in five of each class is held out to validate, and at least one
 * of a class of three or more. Which, the seed and the clips' names decide: a clip that is added moves no other.
 *
 * @param folder its folders are the classes, named after them
 * @throws MstaError ERR_FILE; ERR_LIST for fewer than two classes, a class without a clip, names that cannot be used; the
 *   signal's reason
 */
export async function readFolderDataset(
  folder: string,
  { out, seed = 0, oneIn = 5, signal }: FolderDatasetOptions,
): Promise<FolderDataset> {
  const { root, classes, loose } = await listClassFolders(folder, signal)
  checkClasses(folder, classes, loose)
  const split = classes.map((each) => holdOut(each, seed, oneIn))
  const names = classes.map(({ name }) => name)
  const labelsText = labelsCsv(names)
  const labels = { names, file: path.join(out, LISTS.labels), sha256: hash(labelsText) }
  const datasetOf = (part: 'training' | 'validation') =>
    toDataset(
      root,
      path.join(out, LISTS[part]),
      split.map((each) => each[part]),
      labels,
    )
  const validation = datasetOf('validation')
  return {
    training: datasetOf('training'),
    validation: validation.entries.length > 0 ? validation : null,
    classes: names.map((name, i) => ({
      name,
      training: split[i]!.training.length,
      validation: split[i]!.validation.length,
    })),
    notes: notesOn(classes, loose, validation.entries.length),
  }
}

/**
 * Writes the lists and labels of a data set of folders into its `out`, in the form of ViFi-CLIP, so that what was
 * trained on can be read again by anything that takes lists.
 * @throws MstaError ERR_FILE
 */
export async function writeFolderLists({ training, validation }: FolderDataset): Promise<void> {
  const { file, names } = training.labels as Labels & { file: string }
  await makeFolder(path.dirname(file))
  const texts: [string, string][] = [
    [file, labelsCsv(names)],
    [training.list.file, listText(training.entries)],
  ]
  if (validation) texts.push([validation.list.file, listText(validation.entries)])
  for (const [target, text] of texts) await replaceFile(target, (handle) => handle.writeFile(text))
}

function checkClasses(folder: string, classes: readonly ClassFolder[], loose: readonly string[]): void {
  const refuse = (file: string, problem: string) => new MstaError('ERR_LIST', `${file}: ${problem}`, { file })
  const example = path.join(folder, 'waving', 'clip.mp4')
  const form = `Make a folder for each class and put its clips in it, as in ${example}.`
  if (classes.length === 0)
    throw refuse(
      folder,
      `There is no class: it holds no folder${loose.length > 0 ? ', only videos' : ''}. ${form}`,
    )
  const empty = classes.find(({ videos }) => videos.length === 0)
  if (empty !== undefined)
    throw refuse(
      path.join(folder, empty.folder),
      `There is no video in this class (.${VIDEO_EXTENSIONS.join(', .')}). Put clips in it, or remove the folder.`,
    )
  if (classes.length === 1)
    throw refuse(
      folder,
      `There is one class only, ${JSON.stringify(classes[0]!.name)}; two at least can be told apart. ` +
        'Add a folder of another action, or of clips in which nothing happens.',
    )
}

/** What is held out depends on the names of the files alone, each for itself. */
function holdOut({ folder, videos }: ClassFolder, seed: number, oneIn: number) {
  const paths = videos.map((video) => `${folder}/${video}`)
  const fewest = paths.length >= FEWEST_TO_HOLD_OUT ? 1 : 0
  const count = Math.max(fewest, Math.floor(paths.length / oneIn))
  const drawn = paths
    .map((each) => ({ path: each, order: hash(`${seed}\n${each}`) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
  const held = new Set(drawn.slice(0, count).map((each) => each.path))
  return {
    training: paths.filter((each) => !held.has(each)),
    validation: paths.filter((each) => held.has(each)),
  }
}

function toDataset(root: string, file: string, classes: readonly string[][], labels: Labels): Dataset {
  const entries = classes
    .flatMap((paths, label) => paths.map((each) => ({ path: each, label })))
    .map((entry, i): DatasetEntry => ({ ...entry, line: i + 1, file: path.join(root, entry.path) }))
  return { root, entries, labels, list: { file, sha256: hash(listText(entries)) }, missing: [] }
}

function notesOn(classes: readonly ClassFolder[], loose: readonly string[], heldOut: number): string[] {
  const few = classes.filter(({ videos }) => videos.length < FEWEST_TO_HOLD_OUT)
  const others = classes.filter((each) => each.others > 0)
  const named = (names: readonly string[]) =>
    `${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? `, and ${names.length - NAMED} more` : ''}`
  const notes: string[] = []
  if (heldOut === 0)
    notes.push(`no class has ${FEWEST_TO_HOLD_OUT} clips: all are trained on, and nothing tells when to stop`)
  else if (few.length > 0)
    notes.push(
      `not validated, for want of ${FEWEST_TO_HOLD_OUT} clips: ${named(few.map(({ name }) => name))}`,
    )
  for (const { folder, others: count } of others)
    notes.push(`${folder}: ${count} ${count === 1 ? 'thing' : 'things'} that are no videos are left out`)
  if (loose.length > 0) notes.push(`beside the class folders, and so in no class: ${named(loose)}`)
  return notes
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
/** Quoted, so that a path may hold spaces and commas. */
const listText = (entries: readonly DatasetEntry[]): string =>
  entries.map(({ path: each, label }) => `"${each}",${label}\n`).join('')
const labelsCsv = (names: readonly string[]): string =>
  `id,name\n${names.map((name, id) => `${id},"${name.replaceAll('"', '""')}"\n`).join('')}`
