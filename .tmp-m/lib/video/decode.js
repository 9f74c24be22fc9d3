import { MstaError } from '../runtime/errors.js';
import { hintFrameCount } from './containers/hint.js';
import { selectPass, streamPass } from './decode-pass.js';
import { checkVideoFile } from './video-file.js';
const MAX_PASSES = 4;
/**
 * Decodes exactly the frames that `select` asks for, each once, in the order asked for.
 *
 * The container's index gives a guess of the frame count; one ffmpeg run then takes the frames chosen for that guess
 * and counts what the decoder really puts out. Only if the guess was wrong is the run repeated with the true count.
 * Memory is that of the chosen frames. A broken tail yields the frames before it.
 * @throws MstaError ERR_ARGUMENT, ERR_FILE, ERR_VIDEO, ERR_FFMPEG, ERR_TIMEOUT; the signal's reason on abort.
 */
export async function decodeFrames(file, select, options = {}) {
    options.signal?.throwIfAborted();
    await checkVideoFile(file);
    const hint = options.frameCountHint ?? (await hintFrameCount(file));
    let plan = hint === undefined ? undefined : tryPlan(file, select, hint);
    let runPass = selectPass;
    for (let attempt = 0; attempt < MAX_PASSES; attempt++) {
        const pass = await runPass(file, plan?.unique ?? [], options);
        if (pass.changedFormat) {
            runPass = streamPass;
        }
        else if (plan !== undefined && isComplete(pass, plan)) {
            return arrange(plan, pass.sink);
        }
        plan = planFrames(file, select, pass.decoded);
    }
    throw new MstaError('ERR_VIDEO', `${file}: the number of frames differs from one decoding to the next. Is the file still being written?`, { file });
}
/** True if the pass found as many frames as the plan assumed and delivered every one of those it wanted. */
export function isComplete(pass, plan) {
    return pass.decoded === plan.frameCount && pass.sink.kept === plan.unique.length;
}
/** Asks `select` and checks its answer. @throws MstaError ERR_ARGUMENT for an answer that is no list of frames. */
export function planFrames(file, select, frameCount) {
    const indices = [...select(frameCount)];
    const wrong = indices.find((index) => !Number.isInteger(index) || index < 0 || index >= frameCount);
    if (indices.length === 0 || wrong !== undefined) {
        const what = wrong === undefined ? 'no frame at all' : `frame ${wrong}`;
        throw new MstaError('ERR_ARGUMENT', `${file} has ${frameCount} frames, and ${what} was asked for. Ask for whole numbers from 0 to ${frameCount - 1}.`, { file });
    }
    return { frameCount, indices, unique: [...new Set(indices)].sort((a, b) => a - b) };
}
/** As {@link planFrames} for a guessed count, where failing only means that the true count is needed first. */
export function tryPlan(file, select, guess) {
    if (!Number.isInteger(guess) || guess < 1)
        return undefined;
    try {
        return planFrames(file, select, guess);
    }
    catch {
        return undefined;
    }
}
/** Puts the unique, ascending frames of a sink into the order the plan asks for. */
export function arrange(plan, sink) {
    const { indices, unique, frameCount } = plan;
    const { width, height } = sink;
    const isInOrder = indices.length === unique.length && indices.every((index, i) => index === unique[i]);
    if (isInOrder)
        return { frames: sink.data, indices, frameCount, width, height };
    const frameBytes = width * height * 3;
    const position = new Map(unique.map((index, i) => [index, i]));
    const frames = new Uint8Array(indices.length * frameBytes);
    for (const [t, index] of indices.entries()) {
        const from = position.get(index) * frameBytes;
        frames.set(sink.data.subarray(from, from + frameBytes), t * frameBytes);
    }
    return { frames, indices, frameCount, width, height };
}
//# sourceMappingURL=decode.js.map