import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's (or installed package's) folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** One line a step, on standard error: standard output belongs to the command that follows. */
export const say = (line) => process.stderr.write(`setup: ${line}\n`)

/** Something the user must do; printed without a stack. */
export class SetupError extends Error {}
