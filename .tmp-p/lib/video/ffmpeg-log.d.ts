/**
 * Reads ffmpeg's stderr (written with `-loglevel level+verbose`) as it arrives and keeps, in bounded memory, the
 * parts this library relies on: the description of the input, how many frames the decoder put out, whether the
 * picture changed its format on the way, and the complaints.
 */
export declare class FfmpegLog {
    /** The first lines: the description of inputs and outputs. */
    readonly head: string[];
    /** Input number -> frames its video decoder put out, from the closing statistics. */
    readonly decodedFrames: Map<number, number>;
    /** The first complaint that the picture is larger than allowed; later ones of its many consequences hide it. */
    tooLarge: string;
    private readonly graphs;
    private readonly problems;
    private rest;
    /** Feeds the next piece of stderr. */
    write(text: string): void;
    /** Ends the log: an unfinished last line counts. */
    end(): void;
    /** True if input `input` changed its size or pixel format while decoding, which resets ffmpeg's filters. */
    changedFormat(input: number): boolean;
    /** True if the stream specifier `-map` asked for does not exist in the file. */
    get hasNoMatchingStream(): boolean;
    /** ffmpeg's own reason, without its prefixes: the last complaint that says something. '' if there was none. */
    reason(): string;
    private readLine;
}
