import type { Adapter, HasModel } from '../adapters/adapter.js';
import { type LoadOptions } from '../models/viclip/checkpoint.js';
import { type ViClipConfig } from '../models/viclip/config.js';
import { ViClipModel } from '../models/viclip/model.js';
import { type DeviceName } from '../runtime/device.js';
import type { Ids, Shape } from '../tensor/shape.js';
import { ClipTokenizer } from '../text/tokenizer.js';
import type { DecodedFrames } from '../video/decode.js';
import { type ClipViews } from './clips.js';
/** Numbers in row-major order with their shape. */
export interface Features {
    data: Float32Array;
    shape: [rows: number, embedDim: number];
}
/** Options of {@link ViCLIP.load}. */
export interface ViClipLoadOptions extends Omit<LoadOptions, 'dtype'> {
    device?: DeviceName;
    /** Storage type of weights and activations; `'auto'` is float32 on the CPU. */
    dtype?: 'auto' | 'float32' | 'bfloat16';
    /** Seed of a `random:` model. */
    seed?: number;
}
/** What every encoding accepts. */
export interface EncodeOptions {
    /** An adapter made for this model. */
    adapter?: Adapter | null | undefined;
    signal?: AbortSignal | undefined;
}
/** Options of {@link ViCLIP.classify}. */
export interface ClassifyOptions extends EncodeOptions {
    /** How many predictions to return; 5 unless given. */
    topK?: number;
    /** CLIPSxCROPS, `'1x1'` unless given; scores are averaged over them. */
    views?: string;
    /** Prompt with `{}` for the class name. */
    template?: string;
}
/** A label with its score: the mean over views of softmax(cosine / temperature), in [0, 1]. */
export interface Prediction {
    label: string;
    score: number;
}
/** One video's outcome of {@link ViCLIP.classifyMany}. */
export type Recognition = {
    video: string;
    predictions: Prediction[];
} | {
    video: string;
    error: Error & {
        code?: string;
    };
};
/**
 * ViCLIP, ready to use: a model with its tokenizer and video decoding. Every call runs off the JavaScript thread.
 *
 * ```ts
 * const model = await ViCLIP.load('random:tiny')
 * const { predictions } = await model.classify('clip.mp4', ['archery', 'surfing'])
 * model.dispose()
 * ```
 */
export declare class ViCLIP implements HasModel {
    readonly model: ViClipModel;
    readonly tokenizer: ClipTokenizer;
    /** What it was loaded from. */
    readonly source: string;
    private constructor();
    /**
     * @param source a safetensors file or a folder with `model.safetensors` under the public names, or
     *   `random:tiny|b16|l14` (seeded random weights, to try everything without a checkpoint)
     * @throws MstaError ERR_FILE, ERR_FORMAT, ERR_CHECKPOINT, ERR_DEVICE, ERR_OUT_OF_MEMORY; the signal's reason
     */
    static load(source: string, options?: ViClipLoadOptions): Promise<ViCLIP>;
    get config(): ViClipConfig;
    /**
     * Features of preprocessed clips, before L2 normalisation.
     *
     * @param video values in row-major order, normalised; shape [batch, 3, frames, resolution, resolution]
     * @throws MstaError ERR_SHAPE; the signal's reason
     */
    encodeVideo(video: {
        data: ArrayLike<number>;
        shape: Shape;
    }, options?: EncodeOptions): Promise<Features>;
    /** Features of decoded clips, one row a view, before L2 normalisation. */
    encodeClips(clips: readonly ClipViews[], options?: EncodeOptions): Promise<Features>;
    /** Features of texts as they are (no template), before L2 normalisation. @returns [texts, embedDim] */
    encodeText(texts: readonly string[], options?: EncodeOptions): Promise<Features>;
    /** Token ids of texts, cut and padded to the model's context. */
    tokenize(texts: readonly string[]): {
        data: Int32Array;
        shape: Ids;
    };
    /**
     * Recognises one video file.
     *
     * @throws MstaError ERR_VIDEO, ERR_FILE, ERR_TIMEOUT naming the file, ERR_FFMPEG, ERR_ARGUMENT; the signal's reason
     */
    classify(video: string, labels: readonly string[], options?: ClassifyOptions): Promise<{
        video: string;
        predictions: Prediction[];
    }>;
    /** Recognises videos in order, decoding ahead; a video that cannot be decoded gives an `error`, the others go on. */
    classifyMany(videos: readonly string[], labels: readonly string[], options?: ClassifyOptions): AsyncGenerator<Recognition>;
    /** Mean over views of softmax(cosine / temperature) against class features [classes, embedDim]. */
    scores(clips: readonly ClipViews[], classes: Features, options?: EncodeOptions): Promise<Float64Array>;
    /** Writes the model as safetensors with the public names, atomically. */
    save(path: string): Promise<void>;
    /** Frees the model's memory. */
    dispose(): void;
    [Symbol.dispose](): void;
    [Symbol.asyncDispose](): Promise<void>;
    private encode;
}
/** A decoded video as its clips, `frames` frames each. */
export declare function splitClips(decoded: DecodedFrames, frames: number, transforms: ClipViews['transforms']): ClipViews[];
