import { combine } from '../tensor/ops/combine.js';
import { cosine, pairedCosine } from '../tensor/ops/cosine.js';
import { softmaxCrossEntropy } from '../tensor/ops/cross-entropy.js';
import { mean } from '../tensor/ops/mean.js';
/** CE = mean cross-entropy of cos(video, class) / temperature; CC = mean over classes of 2 - cos(w, s) - cos(w, t). */
export function videoTextLoss({ video, classes, labels, temperature, consistency }) {
    const crossEntropy = softmaxCrossEntropy(cosine(video, classes, 1 / temperature), labels);
    if (!consistency)
        return { total: crossEntropy, crossEntropy };
    const spatial = mean(pairedCosine(classes, consistency.spatial));
    const temporal = mean(pairedCosine(classes, consistency.temporal));
    const term = combine([spatial, temporal], [-1, -1], { constant: 2 });
    return { total: combine([crossEntropy, term], [1, consistency.lambda]), crossEntropy, consistency: term };
}
/**
 * Per class, the mean of its L2-normalised description features.
 *
 * @param features [total, embedDim], row-major, classes one after another
 * @param counts descriptions of each class; they may differ
 * @returns [classes, embedDim]
 */
export function descriptionMeans(features, counts, embedDim) {
    const means = new Float32Array(counts.length * embedDim);
    let row = 0;
    counts.forEach((count, c) => {
        for (let n = 0; n < count; n++, row++) {
            const feature = features.subarray(row * embedDim, (row + 1) * embedDim);
            const length = Math.hypot(...feature) || 1;
            for (let i = 0; i < embedDim; i++)
                means[c * embedDim + i] += feature[i] / length / count;
        }
    });
    return means;
}
//# sourceMappingURL=loss.js.map