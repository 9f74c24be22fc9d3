import type { Composition } from '../../formats/convert.js'
import { rowsOf } from '../../formats/views.js'
import { MstaError } from '../../runtime/errors.js'
import { sizeOf } from '../../tensor/shape.js'
import { fitConfig } from '../viclip/fit.js'
import type { ViClipConfig } from '../viclip/sizes.js'
import { expectedTensors, LOG_SCALE, TEMPERATURE } from '../viclip/tensors.js'
import { FORMS, type Layout } from './layout.js'
import type { Checkpoint } from './open-checkpoint.js'

/** A checkpoint's tensors under the names, and in the forms, of another layout. */
export interface ComposedModel {
  config: ViClipConfig
  tensors: Map<string, Composition>
  /** What the checkpoint did not hold so, and how it was made. */
  made: string[]
}

/**
 * The tensors of a checkpoint in another layout; of a CLIP, in ViCLIP's, those of a ViCLIP as it was before its training
 * on videos. Reads no numbers.
 *
 * @throws MstaError ERR_ARGUMENT for a ViCLIP in a layout of CLIPs
 */
export function composeModel({ stored, config: from }: Checkpoint, to: Layout): ComposedModel {
  const { file, layout } = stored
  if (to.isClip && !layout.isClip)
    throw new MstaError(
      'ERR_ARGUMENT',
      `${file.path}: a ViCLIP attends over all frames and is no CLIP: it has no form in the layout of ${to.title}`,
      { file: file.path },
    )
  const config = fitConfig(from, to.isClip ? {} : { as: 'viclip' })
  const shapes = expectedTensors(from)
  const tensors = new Map<string, Composition>()
  const made: string[] = []
  for (const [parameter, shape] of expectedTensors(config)) {
    const { names, form } = to.locate(parameter)
    const storedShape = FORMS[form].toFile(shape)
    const own = shapes.get(parameter)
    if (own) {
      const parts = stored.parts(parameter).map((part) => {
        const isCut = parameter === 'text_encoder.positional_embedding' && shape[0] !== own[0]
        if (isCut) made.push(`${names[0]}: the first ${shape[0]} of ${own[0]} rows`)
        return isCut ? rowsOf(part, 0, shape[0]!) : part
      })
      for (const [i, each] of FORMS[form].write(parts).entries())
        tensors.set(names[i]!, { shape: storedShape, parts: each })
    } else if (parameter === TEMPERATURE) {
      const read = async () => (await stored.values(LOG_SCALE)).map((scale) => Math.exp(-scale))
      made.push(`${names[0]}: exp(-logit_scale)`)
      tensors.set(names[0]!, { shape: storedShape, parts: [read] })
    } else {
      made.push(`${names[0]}: zeros`)
      tensors.set(names[0]!, { shape: storedShape, parts: [async () => new Float32Array(sizeOf(shape))] })
    }
  }
  return { config, tensors, made }
}
