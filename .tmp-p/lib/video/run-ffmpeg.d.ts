import { FfmpegLog } from './ffmpeg-log.js';
/** Takes the bytes of one output as they come. `write` must copy what it keeps; an exception stops the run. */
export interface ByteSink {
    write(chunk: Uint8Array): void;
}
/** Limits every video call accepts. */
export interface RunLimits {
    /** Aborting kills ffmpeg and rejects with the signal's reason. */
    signal?: AbortSignal;
    /** Longest silence of ffmpeg, in milliseconds, before it is killed. Default 60 000. */
    idleTimeoutMs?: number;
    /** Longest duration of one ffmpeg run, in milliseconds, whatever it does. Default 900 000 (15 minutes). */
    timeoutMs?: number;
}
/** One run of ffmpeg. */
export interface FfmpegRun extends RunLimits {
    /** Arguments after the common ones; output i is the URL `outputUrl(i)`. */
    args: string[];
    /** One sink for each output pipe. */
    outputs: ByteSink[];
    /** Written to ffmpeg's standard input (`pipe:0`); without it the input is empty. */
    input?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
    /** The file at fault when the run fails, for messages. */
    file: string;
}
/** How a run ended: exit code, or the signal that ended it; and the log. */
export interface FfmpegOutcome {
    code: number | null;
    killedBy: NodeJS.Signals | null;
    log: FfmpegLog;
}
/** The URL under which ffmpeg writes output number `index` of a run. */
export declare function outputUrl(index: number): string;
/**
 * A file name as ffmpeg input that means this file and nothing else: absolute, so that no leading dash is an option,
 * and with a protocol, so that no colon is one.
 */
export declare function fileUrl(file: string): string;
/**
 * Runs ffmpeg without a shell and waits until it is gone, whatever happens; its exit code is for the caller to judge.
 * @throws MstaError ERR_FFMPEG (none found or not startable), ERR_TIMEOUT (silent or running for too long; killed).
 * @throws the signal's reason on abort; what a sink or the input threw.
 */
export declare function runFfmpeg(run: FfmpegRun): Promise<FfmpegOutcome>;
