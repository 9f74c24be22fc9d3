import { MstaError } from '../../runtime/errors.js'

/** One video as a list names it, before its class has a number. */
export interface RawEntry {
  /** As written in the list; for lists that name no files, the most likely file name without its extension. */
  path: string
  /** 1-based line. */
  line: number
  /** Where the line is, `file:line`. */
  place: string
  /** The number in the list. */
  label?: number
  /** The class's name, for lists that name classes or have a folder for each. */
  className?: string
  /** Frames of a frame folder, as the list says. */
  frames?: number
  /** File names without extension that the video may have, best first. */
  stems?: string[]
}

/** What a list format is read from. */
export interface ListSource {
  file: string
  text: string
  /** Which of the splits in the file is wanted; all if left out. */
  part?: string
  /** Folder that paths are relative to. */
  root?: string
}

/** The error for a list; `place` is a file or `file:line`. */
export function listError(place: string, problem: string): MstaError {
  return new MstaError('ERR_LIST', `${place}: ${problem}`, { file: place })
}

/** Name of the folder that a path's file is in; undefined for a path without folders. */
export function folderOf(path: string): string | undefined {
  return path.split(/[\\/]/).at(-2)
}
