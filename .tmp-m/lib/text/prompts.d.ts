/** The paper's prompt for a class. */
export declare const DEFAULT_TEMPLATE = "a video of {}.";
/**
 * One prompt a class: `template` with every `{}` replaced by the class name.
 * Throws ERR_ARGUMENT for a template without `{}` or an empty name.
 */
export declare function formatPrompts(names: readonly string[], template?: string): string[];
