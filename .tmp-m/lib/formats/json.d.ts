/**
 * The first key that occurs twice in one object of a valid JSON text, which `JSON.parse` would silently overwrite;
 * undefined when there is none.
 */
export declare function findDuplicateKey(json: string): string | undefined;
/** Whether a parsed JSON value is an object, neither null nor a list. */
export declare function isJsonObject(value: unknown): value is Record<string, unknown>;
