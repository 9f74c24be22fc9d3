import type { ViClipConfig } from '../models/viclip/config.js'
import { type Recipe, resolveRecipe } from './recipes.js'

/** What {@link recipeForClips} chose. */
export interface ChosenRecipe {
  recipe: Recipe
  /** Validations without a better one after which training stops. */
  patience: number
  /** Why, in words that follow its name. */
  reason: string
}

/** Up to so many clips a class are few shots, as in the paper. */
const MOST_SHOTS = 16
/** The paper's recipes adapt blocks 8 to 12, which smaller models have not got. */
const BLOCKS_OF_PAPER = 12

/** For models with fewer blocks than the paper's; more epochs than in the demo, as patience ends them. */
const SMALL_MODEL = { recipe: 'small', changes: ['epochs=15'], patience: 5 }
const FEW_SHOT = { recipe: 'few-shot', changes: [], patience: 10 }
/** The paper's is for 256 clips a step: the rate goes with the clips. */
const MANY_SHOTS = { recipe: 'supervised', changes: ['batchSize=32', 'learningRate=0.001'], patience: 5 }

/** A step has fewer clips where there are few, so that an epoch has some steps. */
const STEPS_PER_EPOCH = 4
const FEWEST_PER_STEP = 4

/**
 * A recipe for some clips of a user's own, by the size of the model and the number of clips: plain MSTA, or MSTA+
 * where there are descriptions.
 *
 * @param clips to train on, of each class
 * @param changes `key=value` pairs that come after the choice
 * @throws MstaError ERR_ARGUMENT for a change
 */
export async function recipeForClips(
  clips: readonly number[],
  model: ViClipConfig,
  changes: readonly string[] = [],
  { hasDescriptions = false }: { hasDescriptions?: boolean } = {},
): Promise<ChosenRecipe> {
  const most = Math.max(...clips)
  const isSmall = model.video.layers < BLOCKS_OF_PAPER
  const choice = isSmall ? SMALL_MODEL : most <= MOST_SHOTS ? FEW_SHOT : MANY_SHOTS
  const deepest = Math.max(model.video.layers, model.text.layers)
  const allBlocks = isSmall ? [`adapter.layers=1-${deepest}`] : []
  const chosen = [...(hasDescriptions ? [] : ['lambda=0']), ...choice.changes, ...allBlocks]
  const { batchSize: usual } = await resolveRecipe(choice.recipe, chosen)
  const total = clips.reduce((sum, count) => sum + count, 0)
  const perStep = Math.max(FEWEST_PER_STEP, Math.ceil(total / STEPS_PER_EPOCH))
  const batchSize = Math.min(usual, perStep)
  return {
    recipe: await resolveRecipe(choice.recipe, [...chosen, `batchSize=${batchSize}`, ...changes]),
    patience: choice.patience,
    reason: isSmall
      ? `with values for a small model (${model.video.layers} blocks)`
      : `for at most ${most} clips a class`,
  }
}
