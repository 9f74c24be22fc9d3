import { ParameterStore } from '../../nn/parameters.js';
import { combine } from '../../tensor/ops/combine.js';
import { fillNormal } from '../../tensor/ops/random-normal.js';
import { checkConfig } from './sizes.js';
import { expectedTensors, TEMPERATURE } from './tensors.js';
import { TextEncoder } from './text-encoder.js';
import { VideoEncoder } from './video-encoder.js';
/** ViCLIP's default temperature (SPEC section 1). */
const DEFAULT_TEMPERATURE = 0.01;
/** The ViCLIP model on a device: parameters under the public checkpoint's names, and both encoders. */
export class ViClipModel {
    device;
    config;
    dtype;
    parameters;
    video;
    text;
    /** Similarities are divided by it; a constant of the checkpoint. */
    temperature = DEFAULT_TEMPERATURE;
    constructor(device, config, dtype, parameters) {
        this.device = device;
        this.config = config;
        this.dtype = dtype;
        this.parameters = parameters;
        this.video = new VideoEncoder(parameters.within('vision_encoder'), config, dtype);
        this.text = new TextEncoder(parameters.within('text_encoder'), device, config, dtype);
    }
    /** A model with uninitialised parameters. @throws MstaError ERR_ARGUMENT, ERR_OUT_OF_MEMORY */
    static empty(device, config, dtype = 'float32') {
        const shapes = expectedTensors(checkConfig(config));
        shapes.delete(TEMPERATURE);
        return new ViClipModel(device, config, dtype, ParameterStore.create(device, shapes, dtype));
    }
    /** A model with seeded random parameters, initialised as CLIP is; to try everything without a checkpoint. */
    static random(device, config, seed = 0, dtype = 'float32') {
        const model = ViClipModel.empty(device, config, dtype);
        let stream = 0;
        for (const [name, tensor] of model.parameters.entries()) {
            const deviation = initialDeviation(name, config);
            if (deviation === undefined) {
                const one = name.endsWith('.weight') ? 1 : 0;
                combine([], [], { like: tensor, out: tensor, constant: one });
            }
            else
                fillNormal(tensor, deviation, { seed, stream });
            stream++;
        }
        return model;
    }
    /** @returns [batch, embedDim], before L2 normalisation; see {@link VideoEncoder.forward} */
    encodeVideo(video, adapter) {
        return this.video.forward(video, adapter ? (block) => adapter.videoBlock(block) : undefined);
    }
    /** @returns [batch, embedDim], before L2 normalisation; see {@link TextEncoder.forward} */
    encodeText(ids, adapter) {
        return this.text.forward(ids, adapter ? (block) => adapter.textBlock(block) : undefined);
    }
    /**
     * Packs the frozen weights of an encoder ahead of its first use, a block at a time, so that this use does not keep
     * the event loop busy with setting up a hundred buffers at once.
     */
    async prepare(encoder, job) {
        for (const block of this[encoder].transformer.blocks) {
            const isNew = job.run(() => block.linears.map((linear) => linear.pack())).includes(true);
            if (isNew)
                await job.run(() => this.device.synchronize());
        }
    }
    /** Must follow any change of parameter values or of what is trainable. */
    forgetPacked() {
        this.video.transformer.forgetPacked();
        this.text.transformer.forgetPacked();
    }
    /** Frees all device memory of the model. */
    dispose() {
        this.forgetPacked();
        this.parameters.dispose();
        this.device.trim();
    }
}
/** Standard deviation of CLIP's initialisation; undefined for what starts at one or zero. */
function initialDeviation(name, { video, text }) {
    if (name.endsWith('bias') || name.includes('.ln_'))
        return undefined;
    const { width, layers } = name.startsWith('vision_encoder') ? video : text;
    const residual = width ** -0.5 * (2 * layers) ** -0.5;
    if (name.endsWith('c_fc.weight'))
        return (2 * width) ** -0.5;
    if (name.endsWith('c_proj.weight') || name.endsWith('out_proj.weight'))
        return residual;
    if (name.endsWith('token_embedding.weight'))
        return 0.02;
    if (name.startsWith('text_encoder') && name.endsWith('positional_embedding'))
        return 0.01;
    return width ** -0.5;
}
//# sourceMappingURL=model.js.map