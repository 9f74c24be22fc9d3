import { EXIT, UsageError } from './exit.js';
import { loadModel, withModelOptions } from './model-options.js';
import { wholeNumber, word } from './options.js';
import { formatTable } from './output.js';
import { defineCommand, wordsOf } from './run.js';
/** `msta predict`: which of some actions each video shows. */
export const predict = defineCommand({
    command: 'predict [videos..]',
    describe: 'Say which of some actions each video shows',
    builder: (yargs) => withModelOptions(yargs)
        .positional('videos', { type: 'string', array: true, describe: 'Video files' })
        .option('labels', {
        ...word('A CSV file with the header id,name, or class names separated by commas'),
        demandOption: true,
    })
        .option('views', { ...word('CLIPSxCROPS of each video, averaged'), default: '1x1' })
        .option('top-k', { ...wholeNumber('top-k', 'Predictions a video', 1), default: 5 })
        .option('template', word('Prompt with {} for the class name'))
        .example('$0 predict clip.mp4 --labels "archery,surfing"', ''),
    async run(options, context) {
        const { library, signal, output } = context;
        const { views, topK, template = library.DEFAULT_TEMPLATE } = options;
        const videos = wordsOf(options, options.videos);
        if (videos.length === 0)
            throw new UsageError('Name at least one video.');
        // What is cheap to check goes before loading a model.
        library.parseViews(views);
        const { names } = await library.resolveLabels(options.labels, signal);
        library.formatPrompts(names, template);
        const { model, adapter, dispose } = await loadModel(options, context);
        try {
            const entries = [];
            output.progress('recognising', 0, videos.length);
            for await (const result of model.classifyMany(videos, names, {
                adapter,
                views,
                topK,
                template,
                signal,
            })) {
                entries.push(toJson(result));
                print(result, output);
                output.progress('recognising', entries.length, videos.length);
            }
            output.result(entries);
            return entries.some((entry) => 'error' in entry) ? EXIT.failure : EXIT.ok;
        }
        finally {
            dispose();
        }
    },
});
function toJson(result) {
    if ('predictions' in result)
        return result;
    const { code = 'ERR_UNKNOWN', message } = result.error;
    return { video: result.video, error: { code, message } };
}
function print(result, output) {
    if ('error' in result) {
        output.log(`error: ${result.error.message}${result.error.code ? ` (${result.error.code})` : ''}`);
        return;
    }
    output.line(result.video);
    const rows = result.predictions.map(({ label, score }) => [`${(100 * score).toFixed(2)} %`, label]);
    for (const row of formatTable(rows))
        output.line(`  ${row}`);
}
//# sourceMappingURL=predict.js.map