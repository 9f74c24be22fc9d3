import { record } from '../record.js';
import { Tensor } from '../tensor.js';
/** Mean of all elements of `x` (float32), as a tensor [1]. */
export function mean(x) {
    const out = Tensor.empty(x.device, [1]);
    x.device.launch('reduce_mean_forward', { x, out }, [x.size]);
    record('reduce_mean', [x], [out], {}, (_, [grad]) => {
        const gradX = Tensor.empty(x.device, x.shape);
        x.device.launch('reduce_mean_backward', { grad, gradX }, [x.size]);
        return [gradX];
    });
    return out;
}
//# sourceMappingURL=mean.js.map