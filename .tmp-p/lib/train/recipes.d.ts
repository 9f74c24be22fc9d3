import type { MstaOptions } from '../adapters/msta/config.js';
/** Everything that decides a training run besides data, model and seed. */
export interface Recipe {
    name: string;
    /** Videos a step. */
    batchSize: number;
    /** Highest learning rate; see {@link learningRate}. */
    learningRate: number;
    epochs: number;
    warmupEpochs: number;
    weightDecay: number;
    /** Weight of the consistency term; needs descriptions. 0: plain MSTA. */
    lambda: number;
    /** Prompt with `{}` for the class name. */
    template: string;
    /** Training transform. */
    augmentation: 'paper' | 'vifi';
    seed: number;
    adapter: MstaOptions;
}
/** The rows of SPEC section 4, by name. */
export declare const RECIPES: Readonly<Record<string, Recipe>>;
/**
 * A built-in recipe by name, or one from a JSON file (fields left out are the few-shot recipe's).
 *
 * @param changes `key=value` pairs, such as `epochs=2`, `adapter.dim=64` or `adapter.layers=1-4`
 * @throws MstaError ERR_ARGUMENT for an unknown name, key or value; ERR_FILE, ERR_FORMAT for the file
 */
export declare function resolveRecipe(nameOrFile: string, changes?: readonly string[]): Promise<Recipe>;
/** Returns the recipe when every field makes sense. @throws MstaError ERR_ARGUMENT */
export declare function checkRecipe(recipe: Recipe): Recipe;
