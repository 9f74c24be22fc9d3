import type { Device } from '../../runtime/device.js';
import { type InferOptions } from './infer-config.js';
import { type ModelDType, ViClipModel } from './model.js';
/** How a checkpoint is loaded. */
export interface LoadOptions {
    dtype?: ModelDType;
    /** Frames a clip, if other than the checkpoint's: the temporal embedding is interpolated linearly. */
    frames?: number | undefined;
    /** Frame side in pixels, if other than the checkpoint's: the spatial embedding is interpolated bicubically. */
    resolution?: number | undefined;
    /** Heads of the encoders, where width / 64 is wrong. */
    heads?: Omit<InferOptions, 'file'>;
    signal?: AbortSignal | undefined;
    /** Called with the bytes read and to be read. */
    onProgress?: ((progress: {
        done: number;
        total: number;
    }) => void) | undefined;
}
/** `model.safetensors` of a folder, or the file itself. @throws MstaError ERR_FILE */
export declare function checkpointFile(path: string): Promise<string>;
/**
 * Reads a ViCLIP checkpoint with the public tensor names, straight into device memory.
 *
 * @param path a `.safetensors` file, or a folder with `model.safetensors`
 * @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT with the missing, unexpected and mis-shaped names
 */
export declare function loadViClip(device: Device, path: string, options?: LoadOptions): Promise<ViClipModel>;
/** Writes a model as a safetensors file with the public names, atomically. @throws MstaError ERR_FILE */
export declare function saveViClip(model: ViClipModel, path: string): Promise<void>;
