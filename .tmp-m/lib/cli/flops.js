import { choice, flag, wholeNumber, word } from './options.js';
import { formatTable } from './output.js';
import { defineCommand } from './run.js';
const MODELS = ['b16', 'l14', 'tiny'];
/** `msta flops`: the analytic count of multiply-accumulates and parameters. */
export const flops = defineCommand({
    command: 'flops',
    describe: 'Count the multiply-accumulates and parameters of a model, analytically',
    builder: (yargs) => yargs
        .option('model', { ...choice('Model', MODELS), default: 'b16' })
        .option('prompts', {
        ...wholeNumber('prompts', 'Class prompts to count for the text encoder'),
        default: 1,
    })
        .option('adapter', choice('Count an adapter too', ['msta']))
        .option('dim', wholeNumber('dim', 'Adapter: width of the inner path', 1))
        .option('layers', word('Adapter: blocks from 1, as 8-12'))
        .option('temporal', choice('Adapter: temporal up-projection', ['conv', 'depthwise', 'none']))
        .option('temporal-kernel', wholeNumber('temporal-kernel', 'Adapter: frames it sees, odd', 1))
        .option('shared', flag('Adapter: the projection shared by video and text'))
        .option('video', flag('Adapter: in the video encoder'))
        .option('text', flag('Adapter: in the text encoder'))
        .implies({ dim: 'adapter', layers: 'adapter', temporal: 'adapter', 'temporal-kernel': 'adapter' })
        .implies({ shared: 'adapter', video: 'adapter', text: 'adapter' }),
    async run(options, { library, output }) {
        const { dim, layers, temporal, temporalKernel, shared, video, text } = options;
        const adapter = { dim, layers, temporal, temporalKernel, shared, video, text };
        const given = Object.entries(adapter).filter(([, value]) => value !== undefined);
        const config = configOf(library, options.model);
        const count = countAll(library, config, options.adapter && Object.fromEntries(given), options.prompts);
        output.result({ model: options.model, ...count });
        print(options.model, count, library, output);
    },
});
function configOf(library, model) {
    return { b16: library.VICLIP_B16, l14: library.VICLIP_L14, tiny: library.VICLIP_TINY }[model];
}
/**
 * `macs.total` is that of one clip through the video encoder, its adapter included, which is what papers give;
 * `macs.text` is that of the prompts, its adapter included.
 */
function countAll(library, config, options, prompts) {
    const { video, text, similarity } = library.viclipMacs(config, prompts);
    const adapter = options ? library.resolveMstaConfig(options, config) : null;
    const added = adapter && library.mstaMacs(adapter, config, prompts);
    const model = library.parameterCount(config);
    const trainable = adapter ? library.mstaParameterCount(adapter, config) : 0;
    return {
        macs: {
            total: video.total + (added?.video.total ?? 0),
            patches: video.patches,
            ...components(video),
            adapter: added?.video ?? null,
            text: {
                prompts: text.prompts,
                length: text.length,
                total: text.total + (added?.text.total ?? 0),
                ...components(text),
                adapter: added?.text ?? null,
            },
            similarity,
            clipFrame: library.clipFrameMacs(config),
        },
        params: { total: model + trainable, trainable, model, adapter: trainable },
        adapter,
        paperGmacs: library.PAPER_GMACS,
    };
}
function components({ blocks: { attentionProjections, attentionScores, mlp }, projection }) {
    return { attentionProjections, attentionScores, mlp, projection };
}
const giga = (macs) => (macs / 1e9).toFixed(4);
const grouped = (count) => count.toLocaleString('en');
function print(model, { macs, params, adapter }, library, output) {
    const { text } = macs;
    const paper = library.PAPER_GMACS;
    const published = adapter ? paper.adaptedViClip.join(' to ') : paper.zeroShotViClip;
    const parts = (counts) => [
        ...('patches' in counts ? [['  patches', giga(counts.patches)]] : []),
        ['  attention projections', giga(counts.attentionProjections)],
        ['  attention scores', giga(counts.attentionScores)],
        ['  mlp', giga(counts.mlp)],
        ['  projection', giga(counts.projection)],
        ...Object.entries(counts.adapter ?? {})
            .filter(([name]) => name !== 'total')
            .map(([name, count]) => [`  adapter, ${name}`, giga(count)]),
    ];
    const isB16 = model === 'b16';
    const rows = [
        ['10^9 multiply-accumulates', ''],
        ['a clip, video encoder', giga(macs.total), isB16 ? `the paper prints ${published}` : ''],
        ...parts(macs),
        [`${text.prompts} prompt${text.prompts === 1 ? '' : 's'} of ${text.length} ids`, giga(text.total)],
        ...parts(text),
        ['a frame, CLIP of these sizes', giga(macs.clipFrame)],
        ['8 frames', giga(8 * macs.clipFrame), isB16 ? `the paper prints ${paper.clip8Frames}` : ''],
        ['16 frames', giga(16 * macs.clipFrame), isB16 ? `the paper prints ${paper.clip16Frames}` : ''],
        ['parameters', ''],
        ['  model', grouped(params.model)],
        ['  trainable', grouped(params.trainable)],
        ['  total', grouped(params.total)],
    ];
    for (const line of formatTable(rows))
        output.line(line);
}
//# sourceMappingURL=flops.js.map