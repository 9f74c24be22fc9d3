import { type DecodeOptions, type DecodePass } from './decode-pass.js';
/** Chosen frames of one video. */
export interface DecodedFrames {
    /** [T, height, width, 3], rgb24, upright; frame t is decoded frame `indices[t]`. */
    frames: Uint8Array;
    /** The decoded-frame numbers asked for, in that order. */
    indices: number[];
    /** How many frames the video really has: those the decoder puts out. */
    frameCount: number;
    /** In pixels, after rotation. */
    width: number;
    /** In pixels, after rotation. */
    height: number;
}
/**
 * Says which frames to take of a video of `frameCount` decoded frames: numbers in [0, frameCount), in any order,
 * repeats allowed. It may be called more than once for a video (first with a guess of the count), so it must give the
 * same answer for the same count: random choices need a generator made inside the call.
 */
export type FrameSelector = (frameCount: number) => readonly number[];
/** Options of {@link decodeFrames}. */
export interface DecodeFramesOptions extends DecodeOptions {
    /** A guess of the frame count, e.g. from an earlier call: right saves time, wrong costs time, never exactness. */
    frameCountHint?: number;
}
/** Frames to get out of ffmpeg for a selection: each once, ascending. */
export interface FramePlan {
    frameCount: number;
    indices: number[];
    unique: number[];
}
/**
 * Decodes exactly the frames that `select` asks for, each once, in the order asked for.
 *
 * The container's index gives a guess of the frame count; one ffmpeg run then takes the frames chosen for that guess
 * and counts what the decoder really puts out. Only if the guess was wrong is the run repeated with the true count.
 * Memory is that of the chosen frames. A broken tail yields the frames before it.
 * @throws MstaError ERR_ARGUMENT, ERR_FILE, ERR_VIDEO, ERR_FFMPEG, ERR_TIMEOUT; the signal's reason on abort.
 */
export declare function decodeFrames(file: string, select: FrameSelector, options?: DecodeFramesOptions): Promise<DecodedFrames>;
/** True if the pass found as many frames as the plan assumed and delivered every one of those it wanted. */
export declare function isComplete(pass: Pick<DecodePass, 'decoded' | 'sink'>, plan: FramePlan): boolean;
/** Asks `select` and checks its answer. @throws MstaError ERR_ARGUMENT for an answer that is no list of frames. */
export declare function planFrames(file: string, select: FrameSelector, frameCount: number): FramePlan;
/** As {@link planFrames} for a guessed count, where failing only means that the true count is needed first. */
export declare function tryPlan(file: string, select: FrameSelector, guess: number): FramePlan | undefined;
/** Puts the unique, ascending frames of a sink into the order the plan asks for. */
export declare function arrange(plan: FramePlan, sink: DecodePass['sink']): DecodedFrames;
