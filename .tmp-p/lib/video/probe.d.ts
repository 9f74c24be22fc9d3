import { hintFrameCount } from './containers/hint.js';
import { type DecodeOptions } from './decode-pass.js';
/** What a video is, as found by decoding it. */
export interface VideoInfo {
    /** In pixels, after rotation. */
    width: number;
    /** In pixels, after rotation. */
    height: number;
    /** Degrees by which the stored picture is turned clockwise for display: 0, 90, 180, 270 (rarely another). */
    rotation: number;
    /** ffmpeg's name of the codec, e.g. 'h264'. */
    codec: string;
    /** ffmpeg's name of the stored pixel format, e.g. 'yuv420p10le'. */
    pixelFormat: string;
    /** Average frames per second as the file declares it; null where it does not. */
    fps: number | null;
    /** Duration as the file declares it; null where it does not. */
    durationSeconds: number | null;
    /** Frames that really decode, whatever the header claims. */
    frameCount: number;
}
/**
 * Decodes the whole of `file` once and tells what it holds.
 * @throws MstaError ERR_ARGUMENT, ERR_FILE, ERR_VIDEO (no decodable frame), ERR_FFMPEG, ERR_TIMEOUT; the signal's
 * reason on abort.
 */
export declare function probeVideo(file: string, options?: DecodeOptions): Promise<VideoInfo>;
/** A cheap guess of the frame count from the container's index; see {@link hintFrameCount}. */
export { hintFrameCount };
