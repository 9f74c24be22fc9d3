import type { Recipe } from '../index.js'
import { formatTable } from './output.js'
import { defineCommand } from './run.js'

/** `msta recipes`: the built-in recipes, or one in full. */
export const recipes = defineCommand({
  command: 'recipes [name]',
  describe: 'List the built-in recipes of training, or print one',
  builder: (yargs) =>
    yargs.positional('name', {
      type: 'string',
      describe: 'A recipe; what is printed is a recipe file, to change and to train with',
    }),
  async run({ name }, { library, output }) {
    if (name !== undefined) {
      const recipe = await library.resolveRecipe(name)
      output.line(JSON.stringify(recipe, null, 2))
      output.result(recipe)
      return
    }
    const { RECIPES, RECIPE_NOTES } = library
    const heads = [
      'recipe',
      'batch',
      'lr',
      'epochs',
      'lambda',
      'N',
      'alpha',
      'r',
      'blocks',
      'source',
      'about',
    ]
    const rows = Object.entries(RECIPES).map(([each, recipe]) => {
      const { about, source } = RECIPE_NOTES[each]!
      return [each, ...columnsOf(recipe), source, about]
    })
    for (const line of formatTable([heads, ...rows])) output.line(line)
    output.result(RECIPES)
  },
})

function columnsOf(recipe: Recipe): string[] {
  const { batchSize, learningRate, epochs, lambda, descriptionsPerClass, adapter } = recipe
  const { alpha, dim, layers } = adapter
  const blocks = Array.isArray(layers) ? layers.join('-') : String(layers)
  return [batchSize, learningRate, epochs, lambda, descriptionsPerClass, alpha, dim, blocks].map(String)
}
