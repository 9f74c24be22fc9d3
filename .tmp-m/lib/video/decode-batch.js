import { hintFrameCount } from './containers/hint.js';
import { arrange, decodeFrames, isComplete, tryPlan, } from './decode.js';
import { byteLimit, globalArguments, inputArguments, pictureArguments } from './decode-pass.js';
import { findFfmpeg } from './ffmpeg.js';
import { PpmSink } from './ppm-sink.js';
import { outputUrl, runFfmpeg } from './run-ffmpeg.js';
import { checkVideoFile } from './video-file.js';
/**
 * Decodes several videos with one ffmpeg process, because starting one costs as much as decoding a short clip. It is
 * only a shortcut: every job whose frame count was not guessed, and every one that the common run did not deliver
 * complete and with the guessed count, is decoded on its own by {@link decodeFrames}, which also finds the error to
 * report. One bad file thus costs time, and changes nothing for its neighbours.
 * @returns one outcome a job, in order. @throws only the signal's reason.
 */
export async function decodeBatch(jobs, options) {
    const prepared = jobs.length > 1 ? await Promise.all(jobs.map((job) => prepare(job, options))) : [];
    const together = prepared.filter((entry) => entry !== undefined);
    const done = together.length > 1 ? await decodeTogether(together, options) : new Map();
    const outcomes = [];
    for (const job of jobs) {
        const clip = done.get(job);
        outcomes.push(clip ? { ok: true, clip } : await decodeAlone(job, options));
    }
    return outcomes;
}
async function prepare(job, options) {
    try {
        await checkVideoFile(job.path);
        const hint = job.frameCountHint ?? (await hintFrameCount(job.path));
        const plan = hint === undefined ? undefined : tryPlan(job.path, job.select, hint);
        if (plan === undefined)
            return undefined;
        const sink = new PpmSink({ keep: plan.unique.length, maxBytes: byteLimit(options), file: job.path });
        return { job, plan, sink };
    }
    catch {
        return undefined;
    }
}
async function decodeTogether(entries, options) {
    const done = new Map();
    const { version } = await findFfmpeg();
    const inputs = entries.flatMap(({ job }) => inputArguments(job.path, options));
    const outputs = entries.flatMap(({ plan }, i) => [
        ...pictureArguments(`${i}:V:0`, plan.unique, version),
        outputUrl(i),
    ]);
    try {
        const { killedBy, log } = await runFfmpeg({
            signal: options.signal,
            idleTimeoutMs: options.idleTimeoutMs,
            timeoutMs: options.timeoutMs,
            args: [...globalArguments(), ...inputs, ...outputs],
            outputs: entries.map(({ sink }) => sink),
            file: entries.map(({ job }) => job.path).join(', '),
        });
        if (killedBy !== null)
            return done;
        for (const [i, { job, plan, sink }] of entries.entries()) {
            const pass = { decoded: log.decodedFrames.get(i) ?? 0, sink };
            if (isComplete(pass, plan) && !log.changedFormat(i))
                done.set(job, arrange(plan, sink));
        }
    }
    catch {
        options.signal?.throwIfAborted();
    }
    return done;
}
async function decodeAlone(job, options) {
    try {
        const own = job.frameCountHint === undefined ? {} : { frameCountHint: job.frameCountHint };
        return { ok: true, clip: await decodeFrames(job.path, job.select, { ...options, ...own }) };
    }
    catch (error) {
        options.signal?.throwIfAborted();
        return { ok: false, error };
    }
}
//# sourceMappingURL=decode-batch.js.map