import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { MstaError } from '../runtime/errors.js'
import {
  byteLimit,
  type DecodeOptions,
  type DecodePass,
  decoderArguments,
  globalArguments,
  pictureArguments,
} from './decode-pass.js'
import { findFfmpeg } from './ffmpeg.js'
import { PpmSink } from './ppm-sink.js'
import { outputUrl, runFfmpeg } from './run-ffmpeg.js'

const PICTURE = /^[^.].*\.(jpe?g|png)$/i
const byNumber = new Intl.Collator('en', { numeric: true })

/**
 * The pictures of a folder of frames, absolute, in the order of the numbers in their names; undefined for what is no
 * folder. @throws MstaError ERR_FILE (it does not mostly hold pictures), ERR_VIDEO (pictures of two kinds).
 */
export async function listPictures(folder: string): Promise<string[] | undefined> {
  const info = await stat(folder).catch(() => undefined)
  if (!info?.isDirectory()) return undefined
  const all = await readdir(folder).catch((cause: Error) => {
    throw new MstaError('ERR_FILE', `The folder ${folder} cannot be read (${cause.message}).`, {
      file: folder,
      cause,
    })
  })
  // Sorted twice, because to the collator img1 and img01 are the same.
  const names = all
    .filter((name) => PICTURE.test(name))
    .sort()
    .sort(byNumber.compare)
  // One picture among videos makes no clip.
  if (2 * names.length <= all.length)
    throw new MstaError(
      'ERR_FILE',
      `${folder} is not a regular file, nor a folder of JPEG or PNG pictures. Give the path of a video.`,
      { file: folder },
    )
  if (names.some(isPng) && !names.every(isPng))
    throw new MstaError(
      'ERR_VIDEO',
      `${folder} holds both JPEG and PNG pictures. Keep those that are frames of the video.`,
      { file: folder },
    )
  return names.map((name) => path.resolve(folder, name))
}

/**
 * Decodes pictures of one folder and kind, the first `keep` of which (all, or fewer) are kept: `data` of the sink is
 * [keep, height, width, 3]. All get the size of the first.
 * @throws MstaError ERR_VIDEO naming a picture that cannot be decoded, ERR_FILE, ERR_FFMPEG, ERR_TIMEOUT; the signal's
 * reason on abort.
 */
export async function decodePictures(
  folder: string,
  pictures: readonly string[],
  keep: number,
  options: DecodeOptions,
): Promise<DecodePass> {
  const pass = await runPictures(folder, pictures, keep, options)
  if (pass.decoded === pictures.length && pass.sink.kept === keep) return pass
  const broken = await findBroken(folder, pictures, options)
  throw new MstaError(
    'ERR_VIDEO',
    `${broken} cannot be decoded (ffmpeg: ${pass.log.reason() || 'no picture'}). The frame is damaged or empty: ` +
      'extract the frames again, or leave the folder out.',
    { file: folder },
  )
}

async function runPictures(
  folder: string,
  pictures: readonly string[],
  keep: number,
  options: DecodeOptions,
): Promise<DecodePass> {
  const sink = new PpmSink({ keep, maxBytes: byteLimit(options), file: folder })
  const { version } = await findFfmpeg()
  const indices = keep === pictures.length ? null : Array.from({ length: keep }, (_, i) => i)
  const input = ['-f', isPng(pictures[0]!) ? 'png_pipe' : 'jpeg_pipe', '-i', 'pipe:0']
  const { log } = await runFfmpeg({
    signal: options.signal,
    idleTimeoutMs: options.idleTimeoutMs,
    timeoutMs: options.timeoutMs,
    args: [
      ...globalArguments(),
      ...decoderArguments(options),
      ...input,
      ...pictureArguments('0:v:0', indices, version),
      outputUrl(0),
    ],
    outputs: [sink],
    input: readPictures(pictures),
    file: folder,
  })
  return { decoded: log.decodedFrames.get(0) ?? 0, sink, changedFormat: log.changedFormat(0), log }
}

async function* readPictures(pictures: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const file of pictures) {
    try {
      yield await readFile(file)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      throw new MstaError('ERR_FILE', `${file} cannot be read (${code ?? message}).`, { file, cause: error })
    }
  }
}

/** The first picture that gives no frame, found by halves. */
async function findBroken(
  folder: string,
  pictures: readonly string[],
  options: DecodeOptions,
): Promise<string> {
  if (pictures.length === 1) return pictures[0]!
  const middle = pictures.length >> 1
  const half = pictures.slice(0, middle)
  const { decoded } = await runPictures(folder, half, 1, options)
  return findBroken(folder, decoded < middle ? half : pictures.slice(middle), options)
}

const isPng = (name: string): boolean => /\.png$/i.test(name)
