import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { makeFolder } from '../../formats/make-folder.js'
import { MstaError } from '../../runtime/errors.js'
import { normaliseClassName } from '../../text/class-name.js'
import { type CompoundMotionName, generateMotionDataset } from '../synthetic.js'
import { classOfFolder, folderOfClass } from './class-name.js'

/** Options of {@link initFolderDataset}. */
export interface InitFoldersOptions {
  /** Names of the classes; some examples unless given. */
  classes?: readonly string[] | undefined
  /** Fill it with drawn clips, so that all can be tried at once; takes no `classes`. */
  example?: boolean | undefined
  signal?: AbortSignal | undefined
  /** Told after every clip of the example. */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined
}

/** What {@link initFolderDataset} made. */
export interface InitFoldersResult {
  /** As given. */
  folder: string
  /** Names of the class folders. */
  classes: string[]
  /** Clips written. */
  clips: number
  /** A clip to recognise that is not to be trained on, of the example; else null. */
  clipToTry: string | null
}

const DEFAULT_CLASSES = ['waving', 'clapping', 'nothing happens']
/** What msta-tiny has not been pre-trained on. */
const EXAMPLE: readonly CompoundMotionName[] = [
  ...(['growing while moving left', 'shrinking while moving right'] as const),
  ...(['blinking while moving up', 'fading out while moving down'] as const),
]
const EXAMPLE_CLIPS = { trainPerClass: 10, testPerClass: 1, size: 64, frames: 16, seed: 1 }
const TO_TRY = 'clip-to-try.mp4'

/**
 * Makes a folder with a folder for each class and a README.txt that tells what to put there, whole or not at all.
 *
 * @throws MstaError ERR_FILE when the folder exists and is not empty, or cannot be made; ERR_ARGUMENT for names that no
 *   folder can have, fewer than two, or one twice; with `example` as `generateMotionDataset`; the signal's reason
 */
export async function initFolderDataset(
  folder: string,
  { classes = DEFAULT_CLASSES, example = false, signal, onProgress }: InitFoldersOptions = {},
): Promise<InitFoldersResult> {
  const names = example ? EXAMPLE : classes
  const folders = foldersOf(names)
  const target = path.resolve(folder)
  await refuseFull(target, folder)
  signal?.throwIfAborted()
  const ending = randomBytes(4).toString('hex')
  const scratch = path.join(path.dirname(target), `.${path.basename(target)}-${ending}`)
  await makeFolder(scratch)
  try {
    await Promise.all(folders.map((each) => mkdir(path.join(scratch, each))))
    if (example) await fillWithExample(scratch, folders, signal, onProgress)
    await writeFile(path.join(scratch, 'README.txt'), readme(folder, folders, example))
    // Fails, as it should, when something has come into it meanwhile.
    await rmdir(target).catch(() => undefined)
    await rename(scratch, target)
  } catch (cause) {
    await rm(scratch, { recursive: true, force: true })
    if (cause instanceof MstaError || signal?.aborted) throw cause
    const message = `${folder}: cannot be made (${(cause as Error).message}). Check the path and the free space.`
    throw new MstaError('ERR_FILE', message, { file: folder, cause })
  }
  const clips = example ? EXAMPLE.length * EXAMPLE_CLIPS.trainPerClass : 0
  return { folder, classes: folders, clips, clipToTry: example ? path.join(folder, TO_TRY) : null }
}

function foldersOf(names: readonly string[]): string[] {
  const folders = names.map(folderOfClass)
  const keys = folders.map((each) => normaliseClassName(classOfFolder(each)))
  const twice = folders.find((_, i) => keys.indexOf(keys[i]!) !== i)
  if (twice !== undefined)
    throw new MstaError('ERR_ARGUMENT', `The class ${JSON.stringify(twice)} comes twice.`)
  if (folders.length < 2)
    throw new MstaError('ERR_ARGUMENT', 'There must be two classes at least: one cannot be told from others.')
  return folders
}

async function refuseFull(target: string, shown: string): Promise<void> {
  const items = await readdir(target).catch((cause) => {
    if (cause.code === 'ENOENT') return []
    throw new MstaError('ERR_FILE', `${shown}: is no folder (${cause.message}). Give another name.`, {
      file: shown,
      cause,
    })
  })
  if (items.length === 0) return
  const remedy = 'Nothing is overwritten: give another name, or add class folders to it by hand.'
  throw new MstaError('ERR_FILE', `${shown}: exists and is not empty. ${remedy}`, { file: shown })
}

async function fillWithExample(
  folder: string,
  classes: readonly string[],
  signal: AbortSignal | undefined,
  onProgress: InitFoldersOptions['onProgress'],
): Promise<void> {
  const drawn = path.join(folder, '.drawn')
  const options = { classes: EXAMPLE, ...EXAMPLE_CLIPS }
  await generateMotionDataset(drawn, {
    ...options,
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  })
  for (const [i, name] of EXAMPLE.entries()) {
    const from = path.join(drawn, name.replaceAll(' ', '_'))
    const clips = (await readdir(from)).sort()
    for (const clip of clips.filter((each) => each.startsWith('train_')))
      await rename(path.join(from, clip), path.join(folder, classes[i]!, clip.replace('train_', 'clip_')))
    const test = clips.find((each) => each.startsWith('test_'))!
    if (i === 0) await rename(path.join(from, test), path.join(folder, TO_TRY))
  }
  await rm(drawn, { recursive: true })
}

function readme(folder: string, classes: readonly string[], isExample: boolean): string {
  const name = path.basename(path.resolve(folder))
  const what = isExample
    ? 'The clips in here are drawn examples. Try the commands below with them, then make a folder of your own.'
    : `Put clips of each action into its folder. Rename, add and remove folders as you like: the name of a folder is the
name of its action ("push_up" and "push-up" are "push up"). Two folders at least.`
  return `${name}: a folder of clips for each action

    ${classes.join('/\n    ')}/

${what}

- How many: 8 to 16 clips of each action is a good beginning; 3 is the least of which one can be held out to
  see how good the training is. About the same number of each.
- What: videos of a few seconds (mp4, mov, webm, avi, mkv, ...) that show the whole action once, and little else.
  Different people, places, distances and light matter more than the number.
- A folder of clips in which none of the actions happens keeps other things from being taken for one of them.
- Names that begin with a dot, and files that are no videos, are left alone.

Then, in the folder above this one:

    msta train --data ${name}                          learns the actions; the result is in ${name}-run
    msta predict ${isExample ? `${name}/${TO_TRY}` : 'clip.mp4'} --adapter ${name}-run
    msta serve --data ${name}                          the same in the browser: recognise, record, add clips, train
`
}
