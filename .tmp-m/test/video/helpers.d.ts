/** Real clips beside the repository; undefined where there are none. */
export declare const sharedData: string | undefined;
/** An empty folder for one suite. */
export declare function makeFolder(): {
    folder: string;
    remove: () => void;
};
/** Runs ffmpeg with a lavfi source and writes `file`. */
export declare function makeVideo(file: string, source: string, ...encoding: string[]): Promise<string>;
/** Filters that make frame i plain grey of level 20 + 4 i. */
export declare const numberedPicture = "format=gbrp,geq=r='20+4*N':g='20+4*N':b='20+4*N'";
/** Frame i of this video is plain grey of level 20 + 4 i (give or take coding), so that a frame tells its number. */
export declare function makeNumbered(file: string, frames?: number, size?: string, ...encoding: string[]): Promise<string>;
/** The numbers of the frames of a {@link makeNumbered} video, read from their pictures. */
export declare function readNumbers(frames: Uint8Array, count: number): number[];
/** Sets the display matrix of an MP4's first track to a quarter turn clockwise. */
export declare function rotateQuarter(file: string): void;
/** Moves the tags, cover picture included, of an MP4 before its tracks, so that the picture becomes stream 0. */
export declare function moveCoverFirst(file: string): void;
/** What `run` rejects or throws with; fails if it does not. */
export declare function errorOf(run: () => unknown): Promise<Error & {
    code?: string;
    file?: string;
}>;
/** Runs `action` with environment variables changed (undefined: unset), and puts them back. */
export declare function withEnvironment<T>(changes: Record<string, string | undefined>, action: () => Promise<T>): Promise<T>;
