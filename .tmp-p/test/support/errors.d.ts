import { type MstaErrorCode } from '../../lib/runtime/errors.js';
/** For `assert.throws` and {@link rejection}: an MstaError of this code whose message holds every one of `parts`. */
export declare function hasCode(code: MstaErrorCode, ...parts: string[]): (error: unknown) => boolean;
/** What `promise` rejects with; throws when it does not reject. */
export declare function rejection(promise: Promise<unknown>): Promise<unknown>;
