import { MstaError } from '../../runtime/errors.js'

/** The error for a label file or list of names; `place` is a file, `file:line`, or what the user gave. */
export function labelError(place: string, problem: string, cause?: unknown): MstaError {
  return new MstaError('ERR_LABELS', `${place}: ${problem}`, { file: place, cause })
}

/** Throws the error for one line of a label file. */
export type FailAt = (line: number, problem: string) => never

/** One class of a label file, with its 0-based id. */
export interface LabelLine {
  id: number
  name: string
  line: number
}

/** The names in the order of their ids, which must be 0 to n-1, each once; `first` is what the file counts from. */
export function inOrder(classes: readonly LabelLine[], first: 0 | 1, fail: FailAt): string[] {
  const names: string[] = new Array(classes.length)
  for (const each of classes) {
    const { id, name } = each
    const shown = id + first
    if (!(id >= 0 && id < classes.length))
      fail(each.line, `The id "${shown}" is not one of ${first} to ${classes.length - 1 + first}.`)
    if (name === '') fail(each.line, `Class ${shown} has no name.`)
    if (names[id] !== undefined) fail(each.line, `The id ${shown} comes twice.`)
    names[id] = name
  }
  return names
}
