import { readFile } from 'node:fs/promises';
import { parseFixtureAdapter } from '../../lib/adapters/msta/config.js';
import { readAll } from '../../lib/formats/safetensors.js';
import { parseFixtureConfig } from '../../lib/models/viclip/config.js';
/** Reads `NAME.json` and `NAME.case.safetensors`; the file is the latter's path. */
export async function readCase(file) {
    const base = file.slice(0, -'.case.safetensors'.length);
    const { tensors } = await readAll(file);
    const spec = JSON.parse(await readFile(`${base}.json`, 'utf8'));
    const config = parseFixtureConfig(spec);
    return {
        name: base.split('/').at(-1),
        modelFile: `${base}.model.safetensors`,
        config,
        adapter: parseFixtureAdapter(spec, config),
        lambda: spec.lambda ?? 1,
        optimizer: { lr: spec.lr, betas: spec.betas, eps: spec.eps, weightDecay: spec.weight_decay },
        tensors,
    };
}
/** Tensors whose names begin with `prefix.`, without it. */
export function under(tensors, prefix) {
    const found = [...tensors].filter(([name]) => name.startsWith(`${prefix}.`));
    return new Map(found.map(([name, tensor]) => [name.slice(prefix.length + 1), tensor]));
}
//# sourceMappingURL=case.js.map