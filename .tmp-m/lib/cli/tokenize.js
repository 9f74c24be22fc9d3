import { UsageError } from './exit.js';
import { wholeNumber } from './options.js';
import { defineCommand, wordsOf } from './run.js';
/** `msta tokenize`: the token ids of texts. */
export const tokenize = defineCommand({
    command: 'tokenize [texts..]',
    describe: 'Print the token ids of texts, with start and end',
    builder: (yargs) => yargs
        .positional('texts', { type: 'string', array: true, describe: 'Texts, one a word of the command line' })
        .option('context', wholeNumber('context', 'Cut to this many ids, as the model does', 2)),
    async run(options, { library, output }) {
        const texts = wordsOf(options, options.texts);
        if (texts.length === 0)
            throw new UsageError('Give at least one text.');
        const tokenizer = library.ClipTokenizer.load();
        const { context } = options;
        const entries = texts.map((text) => ({
            text,
            ids: context === undefined ? tokenizer.encode(text) : encodeCut(tokenizer, text, context),
        }));
        output.result(entries);
        for (const { ids } of entries)
            output.line(ids.join(' '));
    },
});
/** Ids cut as for the model, without its padding. The last EOT is the end; the text itself may hold one earlier. */
function encodeCut(tokenizer, text, context) {
    const { ids } = tokenizer.encodeBatch([text], context);
    return [...ids.subarray(0, ids.lastIndexOf(tokenizer.eot) + 1)];
}
//# sourceMappingURL=tokenize.js.map