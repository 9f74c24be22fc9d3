import type { ViCLIP } from '../recognition/viclip.js';
import { type ConsistencyTargets } from './loss.js';
/** Sentences of every class, by kind (SPEC section 3). */
export interface ClassDescriptions {
    spatial: readonly (readonly string[])[];
    temporal: readonly (readonly string[])[];
}
/** The constant targets of the consistency term, from the frozen text encoder; computed once a run. */
export declare function consistencyTargets(model: ViCLIP, { spatial, temporal }: ClassDescriptions, lambda: number, signal?: AbortSignal): Promise<ConsistencyTargets>;
