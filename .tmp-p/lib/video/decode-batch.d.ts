import { type DecodedFrames, type DecodeFramesOptions, type FrameSelector } from './decode.js';
/** One video to decode: which file, and which of its frames (see {@link FrameSelector}). */
export interface DecodeJob {
    path: string;
    select: FrameSelector;
    /** See {@link DecodeFramesOptions.frameCountHint}. */
    frameCountHint?: number;
}
/** The result of one job: its number, and its frames or what went wrong. */
export type DecodeResult = {
    index: number;
    ok: true;
    clip: DecodedFrames;
} | {
    index: number;
    ok: false;
    error: unknown;
};
/** What a result is before it has its number. */
export type DecodeOutcome = {
    ok: true;
    clip: DecodedFrames;
} | {
    ok: false;
    error: unknown;
};
/**
 * Decodes several videos with one ffmpeg process, because starting one costs as much as decoding a short clip. It is
 * only a shortcut: every job whose frame count was not guessed, and every one that the common run did not deliver
 * complete and with the guessed count, is decoded on its own by {@link decodeFrames}, which also finds the error to
 * report. One bad file thus costs time, and changes nothing for its neighbours.
 * @returns one outcome a job, in order. @throws only the signal's reason.
 */
export declare function decodeBatch(jobs: readonly DecodeJob[], options: DecodeFramesOptions): Promise<DecodeOutcome[]>;
