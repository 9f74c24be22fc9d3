import { countValues } from '../../models/viclip/config.js';
import { MstaError } from '../../runtime/errors.js';
const DEFAULTS = {
    dim: 128,
    alpha: 0.005,
    dropout: 0.1,
    video: true,
    text: true,
    shared: true,
    temporal: 'conv',
    temporalKernel: 3,
};
const TEMPORAL_KINDS = ['conv', 'depthwise', 'none'];
function argumentError(what) {
    return new MstaError('ERR_ARGUMENT', `MSTA adapter: ${what}.`);
}
function requireThat(holds, what) {
    if (!holds)
        throw argumentError(what);
}
function parseRange(choice) {
    if (typeof choice === 'string') {
        const match = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(choice);
        if (match === null)
            throw argumentError(`layers "${choice}" is not a block or a range such as 8-12`);
        return [Number(match[1]), Number(match[2] ?? match[1])];
    }
    if (!Array.isArray(choice) || choice.length !== 2) {
        throw argumentError('layers must be [first, last], "first-last" or { blocks: [...] }');
    }
    return [choice[0], choice[1]];
}
/**
 * The adapted blocks that `choice` names, ascending and 1-based, in a model whose deepest encoder has `depth` blocks.
 * Throws ERR_ARGUMENT for a block outside 1 to `depth`, an empty choice, a repeated block or an unknown form.
 */
export function resolveLayers(choice, depth) {
    let blocks;
    if (typeof choice === 'object' && choice !== null && 'blocks' in choice) {
        requireThat(Array.isArray(choice.blocks), 'layers.blocks must be a list of block numbers');
        blocks = [...choice.blocks];
    }
    else {
        const [first, last] = parseRange(choice);
        const ordered = Number.isSafeInteger(first) && Number.isSafeInteger(last) && first <= last && last <= depth;
        requireThat(ordered, `layers ${first}-${last} is not a range of blocks within 1-${depth}`);
        blocks = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    }
    requireThat(blocks.length > 0, 'layers names no block');
    for (const block of blocks) {
        const inside = Number.isSafeInteger(block) && block >= 1 && block <= depth;
        requireThat(inside, `block ${block} is outside the model's blocks 1-${depth} (counted from 1)`);
    }
    requireThat(new Set(blocks).size === blocks.length, `layers ${blocks.join(', ')} name a block twice`);
    return blocks.sort((a, b) => a - b);
}
/**
 * A whole configuration from what a user set, checked against the model. Without `layers`: 8-12 of twelve blocks, in
 * general the last five of the shallower adapted encoder. Throws ERR_ARGUMENT naming the field.
 */
export function resolveMstaConfig(options, model) {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const { layers, ...rest } = given;
    const config = { ...DEFAULTS, ...rest };
    const unknown = Object.keys(rest).find((key) => !Object.hasOwn(DEFAULTS, key));
    requireThat(unknown === undefined, `unknown option "${unknown}"`);
    const { dim, alpha, dropout, video, text, shared, temporal, temporalKernel } = config;
    requireThat(Number.isSafeInteger(dim) && dim > 0, `dim must be a positive integer, got ${dim}`);
    requireThat(Number.isFinite(alpha), `alpha must be a finite number, got ${alpha}`);
    requireThat(dropout >= 0 && dropout < 1, `dropout must be at least 0 and below 1, got ${dropout}`);
    for (const [name, flag] of Object.entries({ video, text, shared })) {
        requireThat(typeof flag === 'boolean', `${name} must be true or false, got ${flag}`);
    }
    requireThat(video || text, 'video and text are both off, which leaves nothing to train');
    requireThat(TEMPORAL_KINDS.includes(temporal), `temporal must be one of ${TEMPORAL_KINDS.join(', ')}, got ${temporal}`);
    requireThat(Number.isSafeInteger(temporalKernel) && temporalKernel > 0 && temporalKernel % 2 === 1, `temporalKernel must be an odd positive integer, got ${temporalKernel}`);
    const depths = [video ? model.video.layers : 0, text ? model.text.layers : 0].filter((depth) => depth > 0);
    const shallowest = Math.min(...depths);
    const choice = layers ?? [Math.max(1, shallowest - 4), shallowest];
    return { ...config, layers: resolveLayers(choice, Math.max(...depths)) };
}
/** The adapter of a parity fixture's `NAME.json`: from its block `start` to the top. Throws ERR_FORMAT, ERR_ARGUMENT. */
export function parseFixtureAdapter(json, model) {
    const { dim, start, alpha, kt, shared } = (json?.adapter ?? {});
    for (const [key, value] of Object.entries({ dim, start, alpha })) {
        if (typeof value !== 'number') {
            throw new MstaError('ERR_FORMAT', `Fixture specification: key "adapter.${key}" is missing or not a number.`);
        }
    }
    const top = Math.max(model.video.layers, model.text.layers);
    const options = { dim, alpha, layers: [start, top], dropout: 0, shared, temporalKernel: kt };
    return resolveMstaConfig(options, model);
}
function greatestCommonDivisor(a, b) {
    return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
/** Groups of the temporal convolution from r = `dim` to `width` channels. */
export function temporalGroups(config, width) {
    return config.temporal === 'depthwise' ? width : greatestCommonDivisor(config.dim, width);
}
/** Whether block `layer` (1-based) of an encoder is adapted. */
export function isAdapted(config, model, encoder, layer) {
    return config[encoder] && layer <= model[encoder].layers && config.layers.includes(layer);
}
/** Every tensor of the adapter with its shape, under SPEC's names: block numbers in names count from 0. */
export function mstaTensorShapes(config, model) {
    const { dim, temporal, temporalKernel } = config;
    const shapes = new Map();
    const add = (name, weight) => {
        shapes.set(`${name}.weight`, weight);
        shapes.set(`${name}.bias`, [weight[0]]);
    };
    for (const layer of config.layers) {
        const i = layer - 1;
        for (const encoder of ['video', 'text']) {
            if (!isAdapted(config, model, encoder, layer))
                continue;
            const { width } = model[encoder];
            add(`${encoder}.${i}.down`, [dim, width]);
            add(`${encoder}.${i}.up`, [width, dim]);
            if (encoder === 'text' || temporal === 'none')
                continue;
            const inputs = temporal === 'depthwise' ? width : dim;
            add(`video.${i}.temporal`, [width, inputs / temporalGroups(config, width), temporalKernel, 1, 1]);
        }
        if (config.shared)
            add(`shared.${i}`, [dim, dim]);
    }
    return shapes;
}
/** Number of parameters the adapter adds, all of them trainable. */
export function mstaParameterCount(config, model) {
    return countValues(mstaTensorShapes(config, model).values());
}
//# sourceMappingURL=config.js.map