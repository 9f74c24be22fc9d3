import type { TensorEntry } from '../../formats/safetensors.js'
import { reversed, splitRows, withAxis, withoutAxis } from '../../formats/views.js'
import type { Shape } from '../../tensor/shape.js'

/** How the values of a parameter lie in a checkpoint's tensors. */
interface Form {
  /** The shape of each tensor in the file, of a parameter's. */
  toFile(shape: Shape): number[]
  /** The way back. */
  fromFile(shape: Shape): number[]
  /** What a file's tensors hold of a parameter: its rows, part by part. */
  read(stored: readonly TensorEntry[]): TensorEntry[]
  /** The way back: the parts of each tensor in the file. */
  write(parts: readonly TensorEntry[]): TensorEntry[][]
}

/** The frames in the shape of a filter. */
const FRAMES_AXIS = 2

/** The forms there are. */
export const FORMS = {
  /** As in the model. */
  same: {
    toFile: (shape) => [...shape],
    fromFile: (shape) => [...shape],
    read: (stored) => [...stored],
    write: (parts) => [[...parts]],
  },
  /** The filter of images, which is one of videos of a single frame. */
  image: {
    toFile: ([width = 0, channels = 0, , ...patch]) => [width, channels, ...patch],
    fromFile: ([width = 0, channels = 0, ...patch]) => [width, channels, 1, ...patch],
    read: (stored) => stored.map((entry) => withAxis(entry, FRAMES_AXIS)),
    write: (parts) => [parts.map((part) => withoutAxis(part, FRAMES_AXIS))],
  },
  /** A matrix whose rows are the parameter's columns. */
  transposed: {
    toFile: (shape) => [...shape].reverse(),
    fromFile: (shape) => [...shape].reverse(),
    read: (stored) => stored.map(reversed),
    write: (parts) => [parts.map(reversed)],
  },
  /** Three tensors (q, k, v), each a third of the parameter's rows. */
  thirds: {
    toFile: ([rows = 0, ...rest]) => [rows / 3, ...rest],
    fromFile: ([rows = 0, ...rest]) => [rows * 3, ...rest],
    read: (stored) => [...stored],
    write: (parts) => (parts.length === 3 ? [...parts] : splitRows(parts[0]!, 3)).map((part) => [part]),
  },
} as const satisfies Record<string, Form>

/** Where a parameter lies in a checkpoint. */
export interface Location {
  /** Names in the file: three of `thirds`, else one. */
  names: readonly string[]
  form: keyof typeof FORMS
}

/** How some family of checkpoints names and stores the parameters of a model. */
export interface Layout {
  /** Whose it is, for messages. */
  readonly title: string
  /** What names of the video encoder begin with: they tell that a file has this layout. */
  readonly videoPrefix: string
  /** Whether it is a CLIP: frame-wise, with -log(temperature) for the temperature. */
  readonly isClip: boolean
  /** A parameter that such files do not hold. */
  readonly lacks?: string
  /** Where a parameter, by its name in the model, lies. */
  locate(parameter: string): Location
  /** Whether a name is one of the model's own, so that there must be a parameter for it. */
  owns(name: string): boolean
}

/** A parameter's name in the model, taken apart. */
export interface ParameterName {
  encoder: 'vision_encoder' | 'text_encoder' | undefined
  /** Without the encoder. */
  rest: string
}

/** Takes a parameter's name in the model apart. */
export function splitName(parameter: string): ParameterName {
  const [, encoder, rest] = /^(?:(vision_encoder|text_encoder)\.)?(.*)$/.exec(parameter)!
  return { encoder: encoder as ParameterName['encoder'], rest: rest! }
}
