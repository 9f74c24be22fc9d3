import { stat } from 'node:fs/promises'
import path from 'node:path'
import { ClassFinder } from './class-names.js'
import { isKineticsCsv } from './kinetics-csv.js'
import { readLabels } from './labels.js'
import { byFolderIfFromOne, isUnlabelledList, parseUnlabelled } from './lists/class-folders.js'
import { folderOf, type ListSource, listError, type RawEntry } from './lists/entry.js'
import { isFrameFolderList, parseFrameFolders } from './lists/frame-folders.js'
import { isHmdbFile, readHmdbSplits } from './lists/hmdb-splits.js'
import { parseKinetics } from './lists/kinetics.js'
import { parsePathLabel } from './lists/path-label.js'
import {
  findListedShards,
  findShards,
  isShardList,
  isShardName,
  shardsInFolder,
} from './lists/shard-names.js'
import { isSsv2List, parseSsv2 } from './lists/ssv2.js'
import { readShards } from './lists/webdataset.js'
import { readTextFile } from './text-file.js'

/** One line of a list. */
export interface ListEntry {
  /** As written in the list; for lists that name no files (Kinetics, SSv2), the most likely name, no extension. */
  path: string
  /** 0-based class id. */
  label: number
  /** 1-based line in the list file (HMDB: in the file of its class; shards: number of the sample in its shard). */
  line: number
  /** Frames of a frame folder, as the list says; only in lists of frame folders. */
  frames?: number
  /** File names without extension that the video may have, best first; only in lists that name no files. */
  stems?: string[]
}

/** A read list file. */
export interface VideoList {
  entries: ListEntry[]
  file: string
  /**
   * Hash of the file's bytes (shards: see `readShards`), hex: results name it, because lists of the same name differ.
   */
  sha256: string
  /** The class names that the labels are numbers of, where given or known from the list; the id is the index. */
  names?: readonly string[]
}

/** Options of {@link readList}. */
export interface ReadListOptions {
  /** Folder the paths are relative to; only needed for paths that hold spaces, and for shards. Default: the current. */
  root?: string
  /** Class names. Lists that name classes get their numbers from them; else they are numbered by the list itself. */
  names?: readonly string[]
  /** Number of classes; labels are checked against it. Default: that of `names`. */
  classCount?: number
  signal?: AbortSignal
}

/**
 * Reads a list of videos, whose form is known by its content; LF or CRLF; blank lines are skipped:
 * - `relative/path label` (ViFi-CLIP) or `path,label`. A path may hold spaces if the last field is a whole number and
 *   the file exists under `root`. If all labels are the classes of the videos' folders counted from 1, by `names` or
 *   a `classInd.txt` beside the list, they are taken for that (UCF-101);
 * - `Class/video.avi` without a label: the class is the folder's (UCF-101's test lists);
 * - `folder frames label` (ActionCLIP): folders of pictures;
 * - a Kinetics CSV, with `#split` after the file's name for one split of several;
 * - the JSON lists of Something-Something V2;
 * - the folder of HMDB-51's own splits, with `#train1`, `#test1`, ... after its name;
 * - tar shards of WebDataset: one, a pattern (`train-{000..003}.tar`, `train-*.tar`; relative to the current folder or to
 *   `root`), a folder of them, or a file that names them.
 *
 * Class names are compared without case, spaces and punctuation.
 * @throws MstaError ERR_FILE; ERR_LIST naming `file:line`; the signal's reason on abort.
 */
export async function readList(list: string, options: ReadListOptions = {}): Promise<VideoList> {
  const { file, part, isFolder } = await splitPart(list)
  const { raw, sha256 } = await (isShardName(file)
    ? readShards(await findShards(file, ['.', options.root ?? '.']), options)
    : isFolder
      ? readListFolder(file, part, options)
      : readListFile(file, part, options))
  if (raw.length === 0) throw listError(file, 'The list names no video.')
  const { entries, names } = await withLabels(raw, file, options)
  return { entries, file: list, sha256, ...(names && { names }) }
}

/** `LIST#PART` as file and part, unless a file of that whole name exists. */
async function splitPart(list: string): Promise<{ file: string; part?: string; isFolder: boolean }> {
  const whole = await stat(list).catch(() => undefined)
  const mark = list.lastIndexOf('#')
  if (whole !== undefined || mark < 1) return { file: list, isFolder: whole?.isDirectory() === true }
  const file = list.slice(0, mark)
  const info = await stat(file).catch(() => undefined)
  if (info === undefined) return { file: list, isFolder: false }
  return { file, part: list.slice(mark + 1), isFolder: info.isDirectory() }
}

async function readListFolder(folder: string, part: string | undefined, options: ReadListOptions) {
  const shards = await shardsInFolder(folder)
  return shards.length > 0 ? readShards(shards, options) : readHmdbSplits(folder, part, options.signal)
}

async function readListFile(file: string, part: string | undefined, options: ReadListOptions) {
  const { root, signal } = options
  const { text, sha256 } = await readTextFile(file, 'list file', signal)
  const source: ListSource = { file, text, part, root }
  if (isHmdbFile(file))
    throw listError(file, `It is one class of HMDB's splits. Give its folder: ${path.dirname(file)}#train1`)
  if (isKineticsCsv(text)) return { raw: parseKinetics(source), sha256 }
  if (part !== undefined)
    throw listError(
      file,
      `It has no part ${JSON.stringify(part)}: only Kinetics CSVs and HMDB's splits have parts.`,
    )
  if (isShardList(source)) return readShards(await findListedShards(source), options)
  return { raw: parserFor(source)(source), sha256 }
}

function parserFor(source: ListSource): (source: ListSource) => RawEntry[] {
  if (isSsv2List(source)) return parseSsv2
  if (isFrameFolderList(source)) return parseFrameFolders
  if (isUnlabelledList(source)) return parseUnlabelled
  return parsePathLabel
}

/** Entries with class ids, and the names these are of, if known. */
async function withLabels(
  raw: readonly RawEntry[],
  file: string,
  options: ReadListOptions,
): Promise<{ entries: ListEntry[]; names?: readonly string[] }> {
  const official = await classIndexBeside(file, raw, options.signal)
  const finders = [official, options.names].filter((names) => names !== undefined)
  const named = finders.map((names) => byFolderIfFromOne(raw, new ClassFinder(names))).find(Boolean) ?? raw
  const isNamed = named[0]!.className !== undefined
  const names = options.names ?? (isNamed ? (official ?? namesIn(named)) : undefined)
  const classCount = options.classCount ?? names?.length
  const classes = new ClassFinder(names ?? [])
  const entries = named.map(({ place, className, ...entry }) => {
    const label = className === undefined ? entry.label! : classes.find(className)
    if (label === undefined) throw unknownClass(place, className!, classes.names.length)
    checkRange(place, label, classCount)
    return { ...entry, label }
  })
  return { entries, ...(names && { names }) }
}

/** The names of the `classInd.txt` beside a list with folders. */
async function classIndexBeside(
  list: string,
  raw: readonly RawEntry[],
  signal: AbortSignal | undefined,
): Promise<string[] | undefined> {
  if (folderOf(raw[0]!.path) === undefined || raw[0]!.frames !== undefined) return undefined
  const file = path.join(path.dirname(list), 'classInd.txt')
  const exists = await stat(file).catch(() => undefined)
  return exists && (await readLabels(file, signal)).names
}

const namesIn = (raw: readonly RawEntry[]): string[] =>
  [...new Set(raw.map(({ className }) => className!))].sort()

function unknownClass(place: string, name: string, count: number) {
  return listError(
    place,
    `The class ${JSON.stringify(name)} is not one of the ${count} classes. Use the label file that belongs to this list.`,
  )
}

function checkRange(place: string, label: number, classCount: number | undefined): void {
  if (classCount === undefined || label < classCount) return
  const offByOne = label === classCount ? ' (does the list count from 1?)' : ''
  throw listError(
    place,
    `The label ${label} is not one of the ${classCount} classes, 0 to ${classCount - 1}${offByOne}. ` +
      'Use the label file that belongs to this list.',
  )
}
