import { MstaError } from '../runtime/errors.js';
import { sampleMultiView, sampleTest } from '../video/sampling.js';
/** Reads `'4x3'`: 4 clips, 3 crops of each. @throws MstaError ERR_ARGUMENT */
export function parseViews(text) {
    const match = /^(\d+)x([13])$/.exec(text.trim());
    const clips = Number(match?.[1]);
    if (!match || clips < 1 || clips > 1000)
        throw new MstaError('ERR_ARGUMENT', `Views "${text}": expected CLIPSxCROPS with 1 or 3 crops, such as 1x1 or 4x3`);
    return { clips, crops: Number(match[2]) };
}
/** Frame indices of every clip of a video of n frames (SPEC section 5). */
export const viewIndices = (n, frames, { clips }) => clips === 1 ? [sampleTest(n, frames)] : sampleMultiView(n, frames, clips);
//# sourceMappingURL=views.js.map