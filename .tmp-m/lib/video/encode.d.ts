import { type RunLimits } from './run-ffmpeg.js';
/** The form of the clips that {@link encodeClips} writes. */
export interface EncodeOptions extends RunLimits {
    /** In pixels, even. */
    width: number;
    /** In pixels, even. */
    height: number;
    /** Frames of every clip. */
    frames: number;
    fps: number;
}
/**
 * Writes clips of equal length as mp4 files, all with one ffmpeg process: the pictures of all clips follow each other
 * and the stream is cut at the key frame that begins each clip. H.264 where this ffmpeg has libx264, else MPEG-4.
 * @param folder an empty folder. @param clips each gives `frames` pictures [height, width, 3], rgb24.
 * @returns the files, one a clip, in order.
 * @throws MstaError ERR_FFMPEG (cannot encode), ERR_TIMEOUT; the signal's reason on abort.
 */
export declare function encodeClips(folder: string, clips: readonly (() => Iterable<Uint8Array>)[], options: EncodeOptions): Promise<string[]>;
