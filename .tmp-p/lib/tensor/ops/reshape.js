import { record } from '../record.js';
import { track } from '../scope.js';
/** `x` under another shape of the same size, sharing its memory. @throws MstaError ERR_SHAPE */
export function reshape(x, shape) {
    const out = x.share(shape);
    track(out);
    record('reshape', [x], [out], {}, (_, [grad]) => [grad.share(x.shape)]);
    return out;
}
//# sourceMappingURL=reshape.js.map