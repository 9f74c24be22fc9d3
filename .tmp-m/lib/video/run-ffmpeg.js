import { spawn } from 'node:child_process';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MstaError } from '../runtime/errors.js';
import { findFfmpeg } from './ffmpeg.js';
import { FfmpegLog } from './ffmpeg-log.js';
const IDLE_TIMEOUT_MS = 60_000;
const TIMEOUT_MS = 900_000;
const FIRST_EXTRA_FD = 3;
/** The URL under which ffmpeg writes output number `index` of a run. */
export function outputUrl(index) {
    return index === 0 ? 'pipe:1' : `pipe:${FIRST_EXTRA_FD + index - 1}`;
}
/**
 * A file name as ffmpeg input that means this file and nothing else: absolute, so that no leading dash is an option,
 * and with a protocol, so that no colon is one.
 */
export function fileUrl(file) {
    return `file:${path.resolve(file)}`;
}
/**
 * Runs ffmpeg without a shell and waits until it is gone, whatever happens; its exit code is for the caller to judge.
 * @throws MstaError ERR_FFMPEG (none found or not startable), ERR_TIMEOUT (silent or running for too long; killed).
 * @throws the signal's reason on abort; what a sink or the input threw.
 */
export async function runFfmpeg(run) {
    const { signal } = run;
    signal?.throwIfAborted();
    const ffmpeg = await findFfmpeg();
    signal?.throwIfAborted();
    const common = ['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'level+verbose', '-progress', 'pipe:2'];
    const child = spawn(ffmpeg.path, [...common, ...run.args], {
        stdio: [
            run.input ? 'pipe' : 'ignore',
            'pipe',
            'pipe',
            ...run.outputs.slice(1).map(() => 'pipe'),
        ],
        windowsHide: true,
    });
    return watch(child, run, ffmpeg.path);
}
function watch(child, run, ffmpegPath) {
    return new Promise((resolve, reject) => {
        const log = new FfmpegLog();
        let failure;
        const stop = (reason) => {
            failure ??= { reason };
            child.kill('SIGKILL');
        };
        const late = (milliseconds, what) => () => stop(new MstaError('ERR_TIMEOUT', `${run.file}: ffmpeg ${what} ${milliseconds / 1000} s and was stopped. ` +
            'If the file is merely large or the disk slow, raise the time-out; otherwise re-encode or leave it out.', { file: run.file }));
        const idleMs = run.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
        const totalMs = run.timeoutMs ?? TIMEOUT_MS;
        const idle = setTimeout(late(idleMs, 'made no progress for'), idleMs);
        const total = setTimeout(late(totalMs, 'did not finish within'), totalMs);
        const onAbort = () => stop(run.signal?.reason);
        run.signal?.addEventListener('abort', onAbort, { once: true });
        child.on('error', (error) => {
            failure ??= {
                reason: new MstaError('ERR_FFMPEG', `ffmpeg at ${ffmpegPath} cannot be started for ${run.file}: ${error.message}. ` +
                    'Check MSTA_FFMPEG and the limits on processes and open files.', { file: run.file, cause: error }),
            };
            if (child.pid === undefined)
                finish(null, null);
        });
        child.stderr?.setEncoding('utf8');
        child.stderr?.on('data', (text) => {
            idle.refresh();
            log.write(text);
        });
        for (const [index, sink] of run.outputs.entries()) {
            const stream = child.stdio[index === 0 ? 1 : FIRST_EXTRA_FD + index - 1];
            stream.on('data', (chunk) => {
                idle.refresh();
                if (failure)
                    return;
                try {
                    sink.write(chunk);
                }
                catch (error) {
                    stop(error);
                }
            });
        }
        if (run.outputs.length === 0)
            child.stdout?.resume();
        if (run.input) {
            // EPIPE only says that ffmpeg ended first; its exit code and log tell why.
            pipeline(run.input, child.stdin).catch((error) => {
                if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE')
                    stop(error);
            });
        }
        let finished = false;
        const finish = (code, killedBy) => {
            if (finished)
                return;
            finished = true;
            clearTimeout(idle);
            clearTimeout(total);
            run.signal?.removeEventListener('abort', onAbort);
            log.end();
            if (failure)
                reject(failure.reason);
            else
                resolve({ code, killedBy, log });
        };
        // A grandchild (MSTA_FFMPEG may be a script) can outlive the kill and hold the pipes: let go of them.
        child.on('exit', () => {
            if (failure)
                for (const stream of child.stdio)
                    stream?.destroy();
        });
        child.on('close', finish);
        if (run.signal?.aborted)
            onAbort();
    });
}
//# sourceMappingURL=run-ffmpeg.js.map