import { MSTA } from '../../lib/adapters/msta/msta.js';
import { loadViClip } from '../../lib/models/viclip/checkpoint.js';
import { scope } from '../../lib/tensor/scope.js';
import { Tape } from '../../lib/tensor/tape.js';
import { Tensor } from '../../lib/tensor/tensor.js';
import { descriptionMeans, videoTextLoss } from '../../lib/train/loss.js';
import { AdamW } from '../../lib/train/optimizer.js';
import { under } from './case.js';
/** Computes every quantity a case has a reference for. */
export async function runCase(device, spec, dtype) {
    const heads = { videoHeads: spec.config.video.heads, textHeads: spec.config.text.heads };
    const load = () => loadViClip(device, spec.modelFile, { dtype: dtype, heads });
    const quantities = [];
    const references = new Map([...spec.tensors].filter(([name]) => !/^(input|msta\.param)\./.test(name)));
    // A name on one side only is a miss: no reference, or nothing of ours to hold against it.
    const compare = (name, kind, actual) => {
        quantities.push({ name, kind, actual, expected: references.get(name)?.data ?? [] });
        references.delete(name);
    };
    const model = await load();
    const inputs = new CaseInputs(device, spec);
    await frozenFeatures(model, inputs, compare);
    await adaptedTraining(model, inputs, compare);
    model.dispose();
    const whole = await load();
    await fullTuning(whole, inputs, compare);
    whole.dispose();
    for (const [name, { data }] of references)
        quantities.push({ name, kind: 'forward', actual: [], expected: data });
    return quantities;
}
class CaseInputs {
    device;
    spec;
    video;
    prompts;
    labels;
    constructor(device, spec) {
        this.device = device;
        this.spec = spec;
        const video = spec.tensors.get('input.video');
        this.video = Tensor.from(device, video.data, video.shape);
        this.prompts = this.ids('input.prompt_ids');
        const labels = spec.tensors.get('input.labels');
        this.labels = Tensor.from(device, labels.data, labels.shape, 'int32');
    }
    ids(name) {
        const { data, shape } = this.spec.tensors.get(name);
        return { data, shape: shape };
    }
}
async function frozenFeatures(model, inputs, compare) {
    compare('frozen.video_embed', 'forward', await model.encodeVideo(inputs.video).data());
    compare('frozen.text_embed', 'forward', await model.encodeText(inputs.prompts).data());
    for (const kind of ['spatial', 'temporal'])
        compare(`frozen.${kind}_mean`, 'forward', await meanFeatures(model, inputs, kind));
}
async function meanFeatures(model, inputs, kind) {
    const ids = inputs.ids(`input.${kind}_ids`);
    const features = await model.encodeText(ids).data();
    const classes = inputs.prompts.shape[0];
    const counts = Array.from({ length: classes }, () => ids.shape[0] / classes);
    return descriptionMeans(features, counts, model.config.embedDim);
}
async function adaptedTraining(model, inputs, compare) {
    const { spec, device } = inputs;
    const { layers, ...settings } = spec.adapter;
    const msta = MSTA.attach(model, { ...settings, layers: { blocks: layers } });
    const values = [...under(spec.tensors, 'msta.param')].map(([name, { data }]) => [name, data]);
    msta.parameters.assign(new Map(values));
    const shape = [inputs.prompts.shape[0], model.config.embedDim];
    const consistency = {
        lambda: spec.lambda,
        spatial: Tensor.from(device, await meanFeatures(model, inputs, 'spatial'), shape),
        temporal: Tensor.from(device, await meanFeatures(model, inputs, 'temporal'), shape),
    };
    const { lr, ...constants } = spec.optimizer;
    const optimizer = new AdamW(msta.parameters.entries(), constants);
    for (let step = 0; step < 3; step++) {
        const { gradients, loss, inputs: features } = gradientsOf(inputs, model, msta, consistency);
        if (step === 0) {
            compare('msta.video_embed', 'forward', await features.video.data());
            compare('msta.text_embed', 'forward', await features.classes.data());
            compare('msta.ce', 'forward', await loss.crossEntropy.data());
            compare('msta.cc', 'forward', await loss.consistency.data());
            compare('msta.loss', 'forward', await loss.total.data());
            for (const [name, tensor] of msta.parameters.entries())
                compare(`msta.grad.${name}`, 'gradient', await gradientData(gradients, tensor));
        }
        optimizer.step(gradients, lr);
        gradients.dispose();
    }
    for (const [name, { data }] of await msta.parameters.values())
        compare(`msta.after3.${name}`, 'gradient', data);
}
async function fullTuning(model, inputs, compare) {
    model.parameters.setTrainable(true);
    const { gradients, loss } = gradientsOf(inputs, model, null, undefined);
    compare('full.ce', 'forward', await loss.crossEntropy.data());
    for (const [name, tensor] of model.parameters.entries())
        compare(`full.grad.${name}`, 'gradient', await gradientData(gradients, tensor));
    gradients.dispose();
}
function gradientsOf({ video, prompts, labels }, model, adapter, consistency) {
    const tape = new Tape();
    const { loss, inputs } = tape.watch(() => scope(() => {
        const features = {
            video: model.encodeVideo(video, adapter),
            classes: model.encodeText(prompts, adapter),
        };
        const loss = videoTextLoss({ ...features, labels, temperature: model.temperature, consistency });
        return { loss, inputs: features };
    }));
    const parameters = adapter ? adapter.parameters : model.parameters;
    const gradients = tape.backward(loss.total, [...parameters.entries()].map(([, tensor]) => tensor));
    return { gradients, loss, inputs };
}
// A parameter the loss does not depend on has no gradient: a zero one.
async function gradientData(gradients, parameter) {
    return (await gradients.get(parameter)?.data()) ?? new Float32Array(parameter.size);
}
//# sourceMappingURL=run-case.js.map