/** A model small enough for hundreds of forwards a second, and work to keep a device busy with. */
import { ViClipModel } from '../../lib/models/viclip/model.js';
import { Device } from '../../lib/runtime/device.js';
import { scope } from '../../lib/tensor/scope.js';
import { Tensor } from '../../lib/tensor/tensor.js';
import { seededRandom } from '../support/random.js';
export const SMALL = {
    video: { resolution: 32, patchSize: 8, frames: 2, width: 64, layers: 2, heads: 2 },
    text: { width: 32, layers: 1, heads: 2, contextLength: 8, vocabularySize: 64 },
    embedDim: 16,
};
export const smallModel = () => ViClipModel.random(Device.get('cpu'), SMALL, 1);
/** Clips of seeded noise. */
export function clips(count = 2) {
    const { frames, resolution } = SMALL.video;
    const shape = [count, 3, frames, resolution, resolution];
    const random = seededRandom(5);
    const data = Float32Array.from({ length: count * 3 * frames * resolution ** 2 }, () => random() - 0.5);
    return { data, shape };
}
/** Enqueues one forward; the result's values when they are there. */
export function forward(model, { data, shape } = clips()) {
    const output = scope(() => model.encodeVideo(Tensor.from(model.device, data, shape))).keep();
    const values = output.data();
    output.dispose();
    return values;
}
//# sourceMappingURL=small-model.js.map