import type { Output } from './output.js';
/** Exit statuses of every command. */
export declare const EXIT: {
    readonly ok: 0;
    readonly failure: 1;
    readonly usage: 2;
};
/** A wrong call of a command: what is wrong, without the usage. */
export declare class UsageError extends Error {
}
/** Why a command was stopped from outside. */
export declare class Interruption extends Error {
    readonly status: number;
    /** @param status exit status: 128 + the signal's number, 0 where nobody reads the output any more. */
    constructor(message: string, status: number);
}
/**
 * Aborts `controller` on the first SIGINT or SIGTERM, so that what runs can end in good order; the second one ends
 * the process at once. @returns a function that goes back to what signals did before.
 */
export declare function abortOnSignals(controller: AbortController, output: Output): () => void;
declare let onStdoutLost: ((reason: Error) => void) | undefined;
/** Calls `listener` when stdout can take no more: the reader has gone, or the disk is full. */
export declare function whenStdoutIsLost(listener: typeof onStdoutLost): void;
/** Keeps a reader that goes away (`msta ... | head -1`) from being an error. To be called once, before any output. */
export declare function watchOutputStreams(): void;
/** Tells the user about an error of a command. @returns the exit status. */
export declare function reportError(error: unknown, output: Output): number;
export {};
