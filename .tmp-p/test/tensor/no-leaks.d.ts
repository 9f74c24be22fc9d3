import type { uvu } from 'uvu';
/** Registers tests that must leave as much device memory in use as they found. */
export declare function noLeaks<T>(suite: uvu.Test<T>): (name: string, body: () => unknown) => void;
