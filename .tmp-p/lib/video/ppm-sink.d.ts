import type { ByteSink } from './run-ffmpeg.js';
/** What a {@link PpmSink} is to keep of the pictures it is given. */
export interface PpmSinkOptions {
    /** How many pictures to keep room for. */
    keep: number;
    /** Which of the arriving pictures (0-based) to keep, ascending; default: the first `keep`. */
    which?: readonly number[];
    /** Most bytes the kept pictures may take. */
    maxBytes: number;
    /** Named in errors. */
    file: string;
}
/**
 * Takes a stream of binary PPM pictures (`P6`, 8 bits) of one size and puts the chosen ones, rgb24, one after the
 * other into a single buffer of exactly the right size. PPM rather than raw video because every picture then says
 * its own size, so that no second process has to ask for it.
 */
export declare class PpmSink implements ByteSink {
    private readonly options;
    /** Width in pixels; 0 until the first picture's header came. */
    width: number;
    /** Height in pixels; 0 until the first picture's header came. */
    height: number;
    /** Complete pictures that arrived, kept or not. */
    arrived: number;
    /** Complete pictures kept. */
    kept: number;
    /** [keep, height, width, 3]; empty until the first header came. */
    data: Uint8Array<ArrayBuffer>;
    private header;
    private filled;
    private inPicture;
    private keeping;
    constructor(options: PpmSinkOptions);
    write(chunk: Uint8Array): void;
    private get pictureBytes();
    private readHeader;
    private startPicture;
    private readPixels;
    private error;
}
