import type { Argv } from 'yargs';
import type { MSTA, ViCLIP } from '../index.js';
import type { Context } from './run.js';
/** What the options of {@link withModelOptions} amount to. */
export interface ModelOptions {
    model: string;
    adapter: string | undefined;
    device: string;
    dtype: 'auto' | 'float32' | 'bfloat16';
    seed: number;
}
/** Adds the options that say which model computes, and where. */
export declare function withModelOptions<T>(yargs: Argv<T>): Argv<T & {
    model: string;
} & {
    adapter: string | undefined;
} & {
    device: string;
} & {
    dtype: "auto" | "bfloat16" | "float32";
} & {
    seed: number;
}>;
/** A model and its adapter, ready to use; `dispose` frees both. */
export interface LoadedModel {
    model: ViCLIP;
    adapter: MSTA | null;
    dispose: () => void;
}
/** Loads what {@link withModelOptions} asked for, with progress; warns that random weights know nothing. */
export declare function loadModel(options: ModelOptions, { library, signal, output }: Context): Promise<LoadedModel>;
