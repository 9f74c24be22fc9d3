import { Tensor } from '../tensor/tensor.js';
import { descriptionMeans } from './loss.js';
const TEXTS_AT_ONCE = 64;
async function meanFeatures(model, classes, signal) {
    const texts = classes.flat();
    const { embedDim } = model.config;
    const features = new Float32Array(texts.length * embedDim);
    for (let at = 0; at < texts.length; at += TEXTS_AT_ONCE) {
        const { data } = await model.encodeText(texts.slice(at, at + TEXTS_AT_ONCE), { signal });
        features.set(data, at * embedDim);
    }
    const counts = classes.map((sentences) => sentences.length);
    const means = descriptionMeans(features, counts, embedDim);
    return Tensor.from(model.model.device, means, [classes.length, embedDim]).keep();
}
/** The constant targets of the consistency term, from the frozen text encoder; computed once a run. */
export async function consistencyTargets(model, { spatial, temporal }, lambda, signal) {
    const spatialMeans = await meanFeatures(model, spatial, signal)
    try { return { lambda, spatial: spatialMeans, temporal: await meanFeatures(model, temporal, signal) } }
    catch (error) { spatialMeans.dispose(); throw error }
}
//# sourceMappingURL=descriptions.js.map