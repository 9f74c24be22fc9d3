import { kaimingNormalDeviation } from '../../nn/init.js';
import { ParameterStore } from '../../nn/parameters.js';
import { combine } from '../../tensor/ops/combine.js';
import { fillNormal } from '../../tensor/ops/random-normal.js';
import { readAdapterFile, writeAdapterFile } from '../adapter-file.js';
import { MstaBlock } from './block.js';
import { isAdapted, mstaTensorShapes, resolveMstaConfig, } from './config.js';
/**
 * The multi-modal spatio-temporal adapter (SPEC section 2): in parallel to each adapted block, a down-projection, a
 * projection shared by the video and text encoders, an up-projection, and for video a temporal 3D-convolution.
 */
export class MSTA {
    model;
    config;
    parameters;
    method = 'msta';
    training = null;
    videoBlocks = new Map();
    textBlocks = new Map();
    constructor(model, config, parameters) {
        this.model = model;
        this.config = config;
        this.parameters = parameters;
        const dropout = () => (this.training ? { ...this.training, probability: config.dropout } : null);
        for (const layer of config.layers) {
            const block = layer - 1;
            for (const [encoder, blocks] of [
                ['video', this.videoBlocks],
                ['text', this.textBlocks],
            ])
                if (isAdapted(config, model.config, encoder, layer))
                    blocks.set(block, new MstaBlock(parameters, config, model.config, encoder, block, dropout));
        }
        parameters.setTrainable(true);
    }
    /**
     * A freshly initialised adapter for a model: weights Kaiming normal (fan out), biases zero.
     *
     * @param target a model, or something that has one
     * @param options what differs from r = 128 on the last five blocks, alpha = 0.005; `seed` of the initial values
     * @throws MstaError ERR_ARGUMENT
     */
    static attach(target, options = {}) {
        const model = 'model' in target ? target.model : target;
        const { seed = 0, ...rest } = options;
        const adapter = MSTA.empty(model, resolveMstaConfig(rest, model.config));
        let stream = 0;
        for (const [name, tensor] of adapter.parameters.entries()) {
            if (name.endsWith('.bias'))
                combine([], [], { like: tensor, out: tensor, constant: 0 });
            else
                fillNormal(tensor, kaimingNormalDeviation(tensor.shape), { seed, stream });
            stream++;
        }
        return adapter;
    }
    /**
     * An adapter from its safetensors file.
     *
     * @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT when it belongs to another kind of model
     */
    static async load(target, path) {
        const model = 'model' in target ? target.model : target;
        const { settings, tensors } = await readAdapterFile(path, 'msta', model);
        const { layers, ...rest } = settings;
        const config = resolveMstaConfig({ ...rest, layers: { blocks: layers } }, model.config);
        const adapter = MSTA.empty(model, config);
        try {
            tensors.fill(adapter.parameters);
            return adapter;
        }
        catch (error) {
            adapter.dispose();
            throw error;
        }
    }
    static empty(model, config) {
        return new MSTA(model, config, ParameterStore.create(model.device, mstaTensorShapes(config, model.config)));
    }
    videoBlock(block) {
        return this.videoBlocks.get(block);
    }
    textBlock(block) {
        return this.textBlocks.get(block);
    }
    setTraining(training) {
        this.training = training;
    }
    settings() {
        return { ...this.config };
    }
    /** Writes parameters and settings to one safetensors file, atomically. @throws MstaError ERR_FILE */
    save(path) {
        return writeAdapterFile(path, this);
    }
    dispose() {
        this.parameters.dispose();
    }
}
//# sourceMappingURL=msta.js.map