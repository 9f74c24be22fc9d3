import type { ModelAdapter, ViClipModel } from '../models/viclip/model.js';
import type { ParameterStore } from '../nn/parameters.js';
/** A way of tuning a model: parameters of its own, and what they do in the model's blocks. */
export interface Adapter extends ModelAdapter {
    /** What kind it is, as written into its file. */
    readonly method: string;
    /** The model it belongs to. */
    readonly model: ViClipModel;
    /** Its parameters, all trainable. */
    readonly parameters: ParameterStore;
    /** Whether it is training: dropout on, drawn from the given seed and step. */
    setTraining(training: {
        seed: number;
        step: number;
    } | null): void;
    /** Its settings as plain data: what must be known to load it again. */
    settings(): Record<string, unknown>;
    /** Frees its memory. */
    dispose(): void;
}
/** Something that has a ViCLIP model. */
export interface HasModel {
    readonly model: ViClipModel;
}
