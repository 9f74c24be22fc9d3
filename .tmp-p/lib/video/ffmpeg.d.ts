/** Where a usable ffmpeg was found. */
export type FfmpegSource = 'MSTA_FFMPEG' | 'ffmpeg-static' | 'PATH';
/** A usable ffmpeg: absolute path (or the value of MSTA_FFMPEG as given), its version text, where it came from. */
export interface Ffmpeg {
    path: string;
    version: string;
    source: FfmpegSource;
}
/**
 * Finds ffmpeg: `MSTA_FFMPEG`, then the optional package ffmpeg-static, then `ffmpeg` on the PATH. A set
 * MSTA_FFMPEG that does not work is an error, never a silent fall-back. The answer is kept per value of the two
 * environment variables; failures are not kept, so that a remedy takes effect at once.
 * @throws MstaError ERR_FFMPEG naming all three attempts and the remedy.
 */
export declare function findFfmpeg(): Promise<Ffmpeg>;
/**
 * The option and value that make ffmpeg output each decoded frame once, whatever its timestamp.
 * `-vsync` is deprecated since 5.1 in favour of `-fps_mode`, which older versions do not know.
 */
export declare function passthroughArguments(version: string): string[];
