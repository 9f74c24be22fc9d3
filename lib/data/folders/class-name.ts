import { MstaError } from '../../runtime/errors.js'
import { normaliseClassName } from '../../text/class-name.js'

const MOST_BYTES = 100
/** Names that Windows gives to devices, whatever the extension. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i
/** Characters that no file name has on some system, or that nobody sees. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNFIT = /[<>:"/\\|?*\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffd]/

/** The class that a folder is for: its name, with spaces for underscores and dashes. */
export const classOfFolder = (folder: string): string =>
  folder
    .normalize('NFC')
    .replace(/[\s_-]+/g, ' ')
    .trim()

/** What keeps a name from being that of a class and its folder; undefined for a good one. */
export function problemOfClassName(name: string): string | undefined {
  if (normaliseClassName(name) === '') return 'has no letter and no digit'
  if (name.startsWith('.')) return 'begins with a dot'
  if (UNFIT.test(name)) return 'has a character that file names may not have'
  if (/[. ]$/.test(name)) return 'ends with a dot or a space'
  if (DEVICE.test(name)) return 'is a name that Windows keeps for itself'
  if (Buffer.byteLength(name) > MOST_BYTES) return `is longer than ${MOST_BYTES} bytes`
  return undefined
}

/**
 * The name of the folder for a class: its name without spaces around it, on every system one folder below where it is
 * made.
 * @throws MstaError ERR_ARGUMENT for a name that no folder could have everywhere
 */
export function folderOfClass(name: string): string {
  const folder = name.normalize('NFC').trim()
  const problem = problemOfClassName(folder)
  if (problem === undefined) return folder
  throw new MstaError(
    'ERR_ARGUMENT',
    `${JSON.stringify(name)} cannot be the name of a class: it ${problem}. Use letters, digits and spaces.`,
  )
}
