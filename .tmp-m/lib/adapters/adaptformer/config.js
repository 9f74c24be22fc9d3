import { countValues } from '../../models/viclip/config.js';
import { mstaTensorShapes, resolveMstaConfig } from '../msta/config.js';
/** Every tensor of an AdaptFormer adapter, which is MSTA's without S and V: `{video,text}.{i}.{down,up}.{weight,bias}`. */
export function adaptFormerTensorShapes(options, model) {
    return mstaTensorShapes(resolveMstaConfig({ ...options, shared: false, temporal: 'none' }, model), model);
}
/** Number of parameters the adapter adds. */
export function adaptFormerParameterCount(options, model) {
    return countValues(adaptFormerTensorShapes(options, model).values());
}
//# sourceMappingURL=config.js.map