import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeClips } from '../lib/video/encode.js'
import type { Contender } from './contest.js'
import { ourTrial, play } from './match.js'
import { peerProgram } from './peers.js'
import type { Plan, Result } from './plan.js'

const ROUNDS = 3
const REPEATS = 3
/** A few clips stand for a data set: processes that decode many of them start rarely. */
const COPIES = 6
/** Clips made up: of the size and length of Kinetics' and HMDB's. */
const MADE_UP = { count: 16, width: 320, height: 240, frames: 210, fps: 30 }
const TINY = { count: 2, width: 64, height: 48, frames: 16, fps: 8 }

type Form = typeof MADE_UP

/** Pictures of a textured ground that drifts behind a textured square: neither trivial to code nor noise. */
function* moving({ width, height, frames }: Form, seed: number): Generator<Uint8Array> {
  const [wide, high] = [width + frames, height + frames]
  const ground = new Uint8Array(wide * high * 3)
  for (let y = 0; y < high; y++)
    for (let x = 0; x < wide; x++)
      for (let c = 0; c < 3; c++) {
        const wave = Math.sin((x + seed * 17) / (9 + c)) + Math.cos((y * (c + 1) - x) / 23)
        const grain = (Math.imul(x * 31 + y * 17 + seed, 2654435761) >>> 27) / 2
        ground[(y * wide + x) * 3 + c] = 110 + 45 * wave + grain
      }
  const side = Math.floor(height / 4)
  for (let t = 0; t < frames; t++) {
    const picture = new Uint8Array(width * height * 3)
    const copy = (fromX: number, fromY: number, toX: number, toY: number, columns: number, rows: number) => {
      for (let y = 0; y < rows; y++) {
        const from = ((fromY + y) * wide + fromX) * 3
        picture.set(ground.subarray(from, from + columns * 3), ((toY + y) * width + toX) * 3)
      }
    }
    const drift = Math.floor(t / 2)
    copy(drift, Math.floor(t / 3), 0, 0, width, height)
    copy(seed % side, side, (t * (1 + (seed % 3))) % (width - side), (t + seed) % (height - side), side, side)
    yield picture
  }
}

/** Makes a folder of clips, unless it is there. */
export async function makeClips(folder: string, form: Form = MADE_UP): Promise<void> {
  if (await mkdir(folder, { recursive: true }))
    await encodeClips(
      folder,
      Array.from({ length: form.count }, (_, seed) => () => moving(form, seed)),
      form,
    )
}

/** A folder of clips, made once a run, and what is in it. */
async function clipsOf(plan: Plan): Promise<{ folder: string; shape: string }> {
  if (plan.videos) return { folder: plan.videos, shape: path.basename(path.resolve(plan.videos)) }
  const form = plan.size === 'tiny' ? TINY : MADE_UP
  const folder = path.join(plan.folder, 'clips')
  await makeClips(folder, form)
  const { count, width, height, frames, fps } = form
  return { folder, shape: `${count} of ${width}x${height}, ${frames / fps} s` }
}

async function* compare(
  plan: Plan,
  suite: 'decode' | 'loader',
  trial: string,
  peer: string,
): AsyncGenerator<Result> {
  const cores = availableParallelism()
  const { folder, shape } = await clipsOf(plan)
  const args = [folder, '--repeat', String(plan.size === 'tiny' ? 2 : REPEATS)]
  if (plan.size === 'tiny') args.push('--size', '64')
  else if (!plan.videos) args.push('--copies', String(COPIES))
  const [program, reason] = typeof plan.av === 'string' ? ['', plan.av] : [plan.av.python, undefined]
  const ours = ourTrial(fileURLToPath(new URL(trial, import.meta.url)), [...args, '--device', plan.device])
  const cached = (how: string): Contender => ({ ...ours, args: [...ours.args, '--cache', how] })
  const theirs: Contender = { program, args: [peerProgram(peer), ...args] }
  yield* play(plan, {
    suite,
    name: suite === 'decode' ? 'a clip decoded, 8 frames preprocessed, on one core' : 'a clip of the loader',
    dtype: 'none',
    shape,
    ours: {
      '': ours,
      ...(suite === 'loader' && {
        ', filling a frame cache': cached('write'),
        ', from a frame cache': cached('read'),
      }),
    },
    peers: { [suite === 'decode' ? 'pyav' : 'torch-dataloader']: reason ?? theirs },
    rounds: plan.rounds ?? ROUNDS,
    rate: (medianMs) => ({
      value: 1000 / medianMs,
      unit: suite === 'decode' ? 'clips/s a core' : `clips/s on ${cores} cores`,
    }),
  })
}

/** Decoding, sampling of 8 frames and preprocessing, beside PyAV: all cores at work, times as if on one. */
export const benchDecode = (plan: Plan): AsyncGenerator<Result> =>
  compare(plan, 'decode', './decode-trial.js', 'av_decode.py')

/** The training loader up to the device, without and with a frame cache, beside PyTorch's DataLoader over PyAV. */
export const benchLoader = (plan: Plan): AsyncGenerator<Result> =>
  compare(plan, 'loader', './loader-trial.js', 'av_loader.py')
