import { cropClip, transformClip } from '../tensor/ops/video-transform.js';
import { scope } from '../tensor/scope.js';
import { shapeError } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { MEAN, STD } from '../video/transforms.js';
function upload(device, { frames, height, width }) {
    const count = frames.length / (height * width * 3);
    if (!Number.isInteger(count))
        throw shapeError('clip', `${frames.length} bytes are no whole number of frames`, {
            frame: [height, width, 3],
        });
    return Tensor.from(device, frames, [count, height, width, 3], 'uint8');
}
/**
 * All views of some clips as one normalised batch: [views of the first clip, of the second, ...].
 *
 * @returns float32 [views, 3, frames, size, size]
 * @throws MstaError ERR_SHAPE when the clips' frame counts or view sizes differ
 */
export function viewsToTensor(device, clips) {
    const [first] = clips;
    const view = first?.transforms[0];
    if (!first || !view)
        throw shapeError('views', 'there is no clip to take views of', {});
    const count = first.frames.length / (first.height * first.width * 3);
    const views = clips.reduce((sum, clip) => sum + clip.transforms.length, 0);
    return scope(() => {
        const batch = Tensor.empty(device, [views, 3, count, view.size.height, view.size.width]);
        let index = 0;
        for (const clip of clips) {
            const frames = upload(device, clip);
            for (const transform of clip.transforms)
                transformClip(frames, transform, { mean: MEAN, std: STD }, batch, index++);
            frames.dispose();
        }
        return batch;
    });
}
/** The views of one clip before normalisation, uint8 [views, frames, size, size, 3]. */
export async function viewsToBytes(device, clip) {
    const views = scope(() => {
        const frames = upload(device, clip);
        return clip.transforms.map((transform) => cropClip(frames, transform));
    });
    const [shape] = views.map((view) => view.shape);
    const parts = await Promise.all(views.map((view) => view.rawData()));
    for (const view of views)
        view.dispose();
    const data = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
    let offset = 0;
    for (const part of parts) {
        data.set(new Uint8Array(part), offset);
        offset += part.byteLength;
    }
    return { data, shape: [views.length, ...(shape ?? [])] };
}
//# sourceMappingURL=clips.js.map