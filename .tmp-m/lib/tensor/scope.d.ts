/** Anything with memory to give back. */
export interface Disposable {
    dispose(): void;
}
/** Notes a new tensor in the innermost scope, if there is one. */
export declare function track(value: Disposable): void;
/** Takes a tensor out of the innermost scope: it will live until it is disposed. */
export declare function untrack(value: Disposable): void;
/**
 * Runs a synchronous function and disposes the tensors made in it, except those it returns (alone, or in arrays,
 * maps and plain objects), which pass to the enclosing scope.
 */
export declare function scope<T>(body: () => T): T;
