import { MstaError } from '../../runtime/errors.js'
import { HUGGING_FACE_LAYOUT } from './hugging-face.js'
import type { Layout } from './layout.js'
import { OPENAI_LAYOUT, VIFI_LAYOUT } from './openai.js'
import { VICLIP_LAYOUT } from './viclip.js'

const LAYOUTS: readonly Layout[] = [VICLIP_LAYOUT, OPENAI_LAYOUT, HUGGING_FACE_LAYOUT, VIFI_LAYOUT]

/** What training frameworks put before a model's names. */
const WRAPPERS = ['', 'model.', 'state_dict.', 'model_state_dict.'].flatMap((part) => [
  part,
  `${part}module.`,
])

/** A layout, and what stands before each of its names in a file. */
export interface WrappedLayout {
  layout: Layout
  wrapper: string
}

/**
 * The layout of a checkpoint, told by its tensors' names.
 *
 * @throws MstaError ERR_CHECKPOINT when it is of none, or of several
 */
export function recogniseLayout(file: string, names: Iterable<string>): WrappedLayout {
  const all = [...names]
  const found = WRAPPERS.flatMap((wrapper) =>
    LAYOUTS.filter(({ videoPrefix }) => all.some((name) => name.startsWith(wrapper + videoPrefix))).map(
      (layout) => ({ layout, wrapper }),
    ),
  )
  if (found.length === 1) return found[0]!
  const known = LAYOUTS.map(({ title, videoPrefix }) => `${title} (${videoPrefix}*)`).join(', ')
  const problem =
    found.length === 0
      ? `its tensors (${all.slice(0, 3).join(', ') || 'none'}, ...) are those of no known model. Known are ${known}.`
      : `it holds more than one model: ${found.map(({ layout, wrapper }) => wrapper + layout.videoPrefix).join(', ')}. ` +
        'Write the one you mean into a file of its own.'
  throw new MstaError('ERR_CHECKPOINT', `${file}: ${problem}`, { file })
}
