import { viewsToTensor } from '../recognition/clips.js';
import { MstaError } from '../runtime/errors.js';
import { Job, withJob } from '../runtime/job.js';
import { scope } from '../tensor/scope.js';
import { Tape } from '../tensor/tape.js';
import { Tensor } from '../tensor/tensor.js';
import { videoTextLoss } from './loss.js';
/**
 * One training step: loss, gradients, update. An abort takes effect before the update or not at all, so that the
 * parameters are always those of a whole number of steps.
 *
 * @throws MstaError ERR_TRAIN when the loss is not finite (nothing is updated); the signal's reason
 */
export async function trainStep(context, batch, { step, learningRate, signal }) {
    const { adapter, optimizer, prompts, consistency, seed } = context;
    const { model } = adapter;
    const { device } = model;
    const parameters = [...adapter.parameters.entries()].map(([, tensor]) => tensor);
    return withJob(signal, async (job) => {
        const tape = new Tape();
        const { gradients, values } = job.run(() => {
            adapter.setTraining({ seed, step });
            try {
                const loss = tape.watch(() => scope(() => videoTextLoss({
                    video: model.encodeVideo(viewsToTensor(device, batch.clips), adapter),
                    classes: model.encodeText(prompts, adapter),
                    labels: Tensor.from(device, batch.labels, [batch.labels.length], 'int32'),
                    temperature: model.temperature,
                    consistency,
                })));
                const gradients = tape.backward(loss.total, parameters);
                const parts = [loss.total, loss.crossEntropy, loss.consistency];
                const values = Promise.all(parts.map(async (part) => (await part?.data())?.[0] ?? null));
                for (const part of new Set(parts))
                    part?.dispose();
                return { gradients, values };
            }
            finally {
                adapter.setTraining(null);
                tape.dispose();
            }
        });
        try {
            const [loss, crossEntropy, part] = await values;
            if (!Number.isFinite(loss))
                throw new MstaError('ERR_TRAIN', `The loss of step ${step} is ${loss}: lower the learning rate, or look at the clips of this batch`);
            // A job of its own, deaf to the signal: an update is done whole or not begun.
            const update = new Job();
            update.run(() => optimizer.step(gradients, learningRate));
            await update.run(() => device.synchronize());
            return { loss: loss, crossEntropy: crossEntropy, consistency: part ?? null };
        }
        finally {
            gradients.dispose();
        }
    });
}
//# sourceMappingURL=step.js.map