/**
 * A guess of how many frames the main video stream of `file` decodes to, from the index of an MP4/MOV/3GP, AVI or
 * Matroska/WebM container, in about a millisecond and without ffmpeg. It is only ever used as a guess (the decoder's
 * own count has the last word), so damaged, hostile and unknown files simply give `undefined`: it never throws.
 */
export declare function hintFrameCount(file: string): Promise<number | undefined>;
