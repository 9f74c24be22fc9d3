import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { readAll, readHeader, writeSafetensors } from '../formats/safetensors.js';
import { MstaError } from '../runtime/errors.js';
const FORMAT_VERSION = 1;
/** The checkpoint file of a run folder. */
export const checkpointPath = (out) => path.join(out, 'checkpoint', 'last.safetensors');
/**
 * Writes adapter, optimizer and position as one file, atomically: a reader finds the old one or the new one.
 *
 * @param identity what must be equal to continue; see {@link restoreCheckpoint}
 * @throws MstaError ERR_FILE
 */
export async function saveCheckpoint(file, adapter, optimizer, position, identity) {
    const tensors = new Map();
    const add = (name, { shape, data }) => tensors.set(name, { dtype: 'F32', shape, data });
    for (const [name, value] of await adapter.parameters.values())
        add(`parameter.${name}`, value);
    for (const [name, value] of (await optimizer.state()).moments)
        add(`moment.${name}`, value);
    await mkdir(path.dirname(file), { recursive: true });
    await writeSafetensors(file, tensors, {
        format: 'msta-native checkpoint',
        version: String(FORMAT_VERSION),
        position: JSON.stringify({ ...position, optimizerSteps: optimizer.steps }),
        identity: JSON.stringify(identity),
    });
}
/**
 * Puts a checkpoint's values into adapter and optimizer.
 *
 * @throws MstaError ERR_FILE when there is none; ERR_FORMAT; ERR_CHECKPOINT when it is of another run (naming what
 *   differs) or of a newer version
 */
export async function restoreCheckpoint(file, adapter, optimizer, identity) {
    const { metadata } = await readHeader(file);
    const refuse = (why) => new MstaError('ERR_CHECKPOINT', `${file}: ${why}`, { file });
    if (metadata.format !== 'msta-native checkpoint')
        throw refuse('not a checkpoint of msta-native');
    if (Number(metadata.version) > FORMAT_VERSION)
        throw refuse(`written by a newer version (format ${metadata.version})`);
    const stored = JSON.parse(metadata.identity ?? '{}');
    const changed = Object.keys(identity).filter((key) => JSON.stringify(stored[key]) !== JSON.stringify(identity[key]));
    if (changed.length > 0)
        throw refuse(`cannot be continued with another ${changed.join(', ')}; take the run's own, or another --out`);
    const { tensors } = await readAll(file);
    const under = (prefix) => new Map([...tensors]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, { data }]) => [name.slice(prefix.length), data]));
    adapter.parameters.assign(under('parameter.'));
    const { optimizerSteps, ...position } = JSON.parse(metadata.position ?? '{}');
    const moments = new Map([...under('moment.')].map(([name, data]) => [name, { data }]));
    optimizer.restore({ step: optimizerSteps, moments });
    return position;
}
//# sourceMappingURL=checkpoint.js.map