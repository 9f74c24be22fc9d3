import { readAll, readHeader, writeSafetensors } from '../formats/safetensors.js';
import { MstaError } from '../runtime/errors.js';
import { sameShape } from '../tensor/shape.js';
/** Version of the metadata below; a file of a newer one is refused. */
const FORMAT_VERSION = 1;
/** Writes an adapter as one safetensors file that describes itself in its metadata, atomically. */
export async function writeAdapterFile(path, adapter) {
    const tensors = new Map();
    for (const [name, { shape, data }] of await adapter.parameters.values())
        tensors.set(name, { dtype: 'F32', shape: [...shape], data });
    await writeSafetensors(path, tensors, {
        format: 'msta-native adapter',
        version: String(FORMAT_VERSION),
        method: adapter.method,
        settings: JSON.stringify(adapter.settings()),
        model: JSON.stringify(adapter.model.config),
    });
}
/**
 * Reads an adapter file for a model.
 *
 * @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT when it is of another method, version or model
 */
export async function readAdapterFile(path, method, model) {
    const { metadata } = await readHeader(path);
    const refuse = (reason) => new MstaError('ERR_CHECKPOINT', `${path}: ${reason}`, { file: path });
    if (metadata.format !== 'msta-native adapter' || !metadata.settings)
        throw refuse('not an adapter of msta-native');
    if (Number(metadata.version) > FORMAT_VERSION)
        throw refuse(`written by a newer version (format ${metadata.version}, this one reads up to ${FORMAT_VERSION})`);
    if (metadata.method !== method)
        throw refuse(`holds a ${metadata.method} adapter where ${method} is expected`);
    if (metadata.model !== JSON.stringify(model.config))
        throw refuse(`made for another model: ${metadata.model}, this one is ${JSON.stringify(model.config)}`);
    const { tensors: values } = await readAll(path);
    const fill = (parameters) => {
        const expected = new Set();
        for (const [name, tensor] of parameters.entries()) {
            expected.add(name);
            const value = values.get(name);
            if (!value)
                throw refuse(`tensor "${name}" is missing`);
            if (!sameShape(value.shape, tensor.shape))
                throw refuse(`tensor "${name}" is [${value.shape}] where [${tensor.shape}] is expected`);
            tensor.set(value.data);
        }
        for (const name of values.keys())
            if (!expected.has(name))
                throw refuse(`tensor "${name}" is unexpected`);
    };
    try {
        return { settings: JSON.parse(metadata.settings), tensors: { fill } };
    }
    catch (cause) {
        throw new MstaError('ERR_FORMAT', `${path}: its settings are not JSON`, { file: path, cause });
    }
}
//# sourceMappingURL=adapter-file.js.map