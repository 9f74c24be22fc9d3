import type { Adapter } from '../adapters/adapter.js';
import type { AdamW } from './optimizer.js';
/** Where a run stands, besides its tensors. */
export interface RunPosition {
    /** Steps done. */
    step: number;
    /** Best validation accuracy so far, 0 to 1. */
    best: number | null;
}
/** The checkpoint file of a run folder. */
export declare const checkpointPath: (out: string) => string;
/**
 * Writes adapter, optimizer and position as one file, atomically: a reader finds the old one or the new one.
 *
 * @param identity what must be equal to continue; see {@link restoreCheckpoint}
 * @throws MstaError ERR_FILE
 */
export declare function saveCheckpoint(file: string, adapter: Adapter, optimizer: AdamW, position: RunPosition, identity: Record<string, unknown>): Promise<void>;
/**
 * Puts a checkpoint's values into adapter and optimizer.
 *
 * @throws MstaError ERR_FILE when there is none; ERR_FORMAT; ERR_CHECKPOINT when it is of another run (naming what
 *   differs) or of a newer version
 */
export declare function restoreCheckpoint(file: string, adapter: Adapter, optimizer: AdamW, identity: Record<string, unknown>): Promise<RunPosition>;
