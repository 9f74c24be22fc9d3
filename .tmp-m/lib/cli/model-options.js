import { choice, wholeNumber, word } from './options.js';
/** Adds the options that say which model computes, and where. */
export function withModelOptions(yargs) {
    return yargs
        .option('model', {
        ...word('A safetensors file, a folder with one, or random:tiny|b16|l14 (random weights)'),
        default: 'random:tiny',
    })
        .option('adapter', word('An adapter file made for the model'))
        .option('device', { ...word('auto, cpu, cuda or cuda:N'), default: 'auto' })
        .option('dtype', {
        ...choice('Type of weights and activations', ['auto', 'float32', 'bfloat16']),
        default: 'auto',
    })
        .option('seed', { ...wholeNumber('seed', 'Seed of a random: model'), default: 0 });
}
/** Loads what {@link withModelOptions} asked for, with progress; warns that random weights know nothing. */
export async function loadModel(options, { library, signal, output }) {
    const { model: source, dtype, seed } = options;
    if (source.startsWith('random:'))
        output.warn(`${source} has random weights: its answers mean nothing. Give trained weights with --model.`);
    const model = await library.ViCLIP.load(source, {
        device: options.device,
        dtype,
        seed,
        signal,
        onProgress: ({ done, total }) => output.progress('loading', done, total),
    });
    try {
        const adapter = options.adapter === undefined ? null : await library.MSTA.load(model, options.adapter);
        const dispose = () => {
            adapter?.dispose();
            model.dispose();
        };
        return { model, adapter, dispose };
    }
    catch (error) {
        model.dispose();
        throw error;
    }
}
//# sourceMappingURL=model-options.js.map