import type { ViClipModel } from '../models/viclip/model.js';
import type { ParameterStore } from '../nn/parameters.js';
import type { Adapter } from './adapter.js';
/** An adapter file's tensors. */
export interface AdapterTensors {
    /** Copies them into the parameters of the same names. @throws MstaError ERR_CHECKPOINT when names or shapes differ */
    fill(parameters: ParameterStore): void;
}
/** Writes an adapter as one safetensors file that describes itself in its metadata, atomically. */
export declare function writeAdapterFile(path: string, adapter: Adapter): Promise<void>;
/**
 * Reads an adapter file for a model.
 *
 * @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT when it is of another method, version or model
 */
export declare function readAdapterFile(path: string, method: string, model: ViClipModel): Promise<{
    settings: Record<string, unknown>;
    tensors: AdapterTensors;
}>;
