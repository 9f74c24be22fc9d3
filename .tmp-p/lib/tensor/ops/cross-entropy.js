import { record } from '../record.js';
import { shapeError } from '../shape.js';
import { expectDType, expectShape, Tensor } from '../tensor.js';
/**
 * Mean over the batch of -log softmax(logits)[label].
 *
 * @param logits [batch, classes], float32
 * @param labels [batch], int32; a label outside [0, classes) fails when it runs
 * @returns [1]
 * @throws MstaError ERR_SHAPE
 */
export function softmaxCrossEntropy(logits, labels) {
    const [rows, classes] = logits.shape;
    if (logits.shape.length !== 2 || rows === 0 || classes === 0)
        throw shapeError('softmax_cross_entropy', 'expected logits [batch, classes]', { logits: logits.shape });
    expectShape('softmax_cross_entropy', 'labels', labels, [rows]);
    expectDType('softmax_cross_entropy', 'labels', labels, 'int32');
    expectDType('softmax_cross_entropy', 'logits', logits, 'float32');
    const loss = Tensor.empty(logits.device, [1]);
    const probabilities = Tensor.empty(logits.device, logits.shape);
    const numbers = [rows, classes];
    logits.device.launch('softmax_cross_entropy_forward', { logits, labels, loss, probabilities }, numbers);
    record('softmax_cross_entropy', [logits], [loss], { probabilities, labels }, (saved, [grad]) => {
        const gradLogits = Tensor.empty(logits.device, logits.shape);
        logits.device.launch('softmax_cross_entropy_backward', { grad, probabilities: saved.probabilities, labels: saved.labels, gradLogits }, numbers);
        return [gradLogits];
    });
    probabilities.dispose();
    return loss;
}
//# sourceMappingURL=cross-entropy.js.map