import { MstaError } from '../runtime/errors.js';
import type { FfmpegLog } from './ffmpeg-log.js';
import { PpmSink } from './ppm-sink.js';
import { type FfmpegOutcome, type RunLimits } from './run-ffmpeg.js';
/** Options of everything that decodes. */
export interface DecodeOptions extends RunLimits {
    /** Largest picture, in pixels, that is decoded at all. Default 7680 x 4320. */
    maxPixels?: number;
    /** Most bytes the frames of one call may take. Default 1 GiB. */
    maxBytes?: number;
    /** Decoder threads of one ffmpeg process; more help a single large video, not many side by side. Default 1. */
    threads?: number;
}
/** What one run over a video found. */
export interface DecodePass {
    /** Frames the decoder put out. */
    decoded: number;
    /** The chosen frames: `data` [kept, height, width, 3]. */
    sink: PpmSink;
    /** The size or pixel format changed on the way, so that `select` cannot be trusted. */
    changedFormat: boolean;
    log: FfmpegLog;
}
/** The number of bytes the frames of one call may take, with the default filled in. */
export declare function byteLimit(options: DecodeOptions): number;
/** Arguments that go before all inputs. */
export declare function globalArguments(): string[];
/** Arguments that open `file` as the next input. */
export declare function inputArguments(file: string, options: DecodeOptions): string[];
/**
 * Arguments of an output that gets the frames `indices` (ascending, at least one; null: all) of a stream as PPM.
 * Sample aspect ratio plays no part; ffmpeg turns the picture upright and keeps the size of the first frame.
 */
export declare function pictureArguments(stream: string, indices: readonly number[] | null, version: string): string[];
/** ffmpeg's expression for "the frame number is one of `indices`"; runs of neighbours become one term. */
export declare function selectExpression(indices: readonly number[]): string;
/** Decodes the whole of `file` once and keeps the frames `indices` (ascending, no repeats, may be empty). */
export declare function selectPass(file: string, indices: readonly number[], options: DecodeOptions): Promise<DecodePass>;
/**
 * As {@link selectPass}, but sends every frame to this process and picks here. Slow, and right where the picture
 * changes its size on the way: ffmpeg then rebuilds its filters and `select` counts from 0 again.
 */
export declare function streamPass(file: string, indices: readonly number[], options: DecodeOptions): Promise<DecodePass>;
/** The error for a file of which nothing could be decoded, with ffmpeg's own reason. */
export declare function undecodable(file: string, outcome: FfmpegOutcome): MstaError;
