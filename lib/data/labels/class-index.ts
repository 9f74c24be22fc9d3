import { linesOf } from '../lines.js'
import { type FailAt, inOrder } from './problem.js'

/** Whether a text begins as UCF-101's `classInd.txt` does: `1 ApplyEyeMakeup`. */
export function isClassIndex(text: string): boolean {
  return /^\s*\d+[ \t]+[^\s,]/.test(text)
}

/** The names of a text in the form of UCF-101's `classInd.txt`: lines of `id name`, ids from 1. */
export function parseClassIndex(text: string, fail: FailAt): string[] {
  const classes = linesOf(text).map(({ text: words, line }) => {
    const [, id, name] = /^(\d+)\s+(.+)$/.exec(words) ?? []
    if (id === undefined || name === undefined) return fail(line, `${JSON.stringify(words)} is no "id name".`)
    return { id: Number(id) - 1, name, line }
  })
  return inOrder(classes, 1, fail)
}
