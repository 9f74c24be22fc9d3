import path from 'node:path'
import { EXIT } from './exit.js'
import { choice, wholeNumber, word } from './options.js'
import { defineCommand } from './run.js'

const CONTEXT_LENGTH = 32

/** `msta describe`: descriptions of classes, written by a language model. */
export const describe = defineCommand({
  command: 'describe',
  describe: 'Have a language model describe the classes, for training with descriptions (MSTA+)',
  builder: (yargs) =>
    yargs
      .option('labels', { ...word('Label CSV with the header id,name, or names: a,b,c'), demandOption: true })
      .option('kind', {
        ...choice('How actions look, their steps, or both', ['spatial', 'temporal', 'both']),
        default: 'both' as const,
      })
      .option('count', { ...wholeNumber('count', 'Sentences of each kind a class', 1), default: 2 })
      .option('out', {
        ...word('Folder of the files; classes that are there are not asked for'),
        demandOption: true,
      })
      .option('dataset', word("Name in the files' names (the label file's, unless given)"))
      .option('base-url', word('OpenAI-compatible endpoint, usually ending in /v1 (OPENAI_BASE_URL)'))
      .option('model', word('Language model (MSTA_DESCRIBE_MODEL)'))
      .option('api-key', word('Better in OPENAI_API_KEY: other users see the words of a command'))
      .option('concurrency', {
        ...wholeNumber('concurrency', 'Questions on their way at once', 1),
        default: 4,
      })
      .example('$0 describe --labels labels.csv --out descriptions --model gpt-4o', ''),
  async run(options, { library, signal, output }) {
    const { labels, kind, count, out, model, concurrency } = options
    const { names, file } = await library.resolveLabels(labels, signal)
    const result = await library.describeClasses({
      names,
      kinds: kind === 'both' ? ['spatial', 'temporal'] : [kind as 'spatial' | 'temporal'],
      count,
      out,
      dataset: options.dataset ?? (file === null ? 'classes' : path.parse(file).name.replace(/_labels$/, '')),
      baseUrl: options['base-url'],
      model,
      apiKey: options['api-key'],
      concurrency,
      signal,
      onProgress: ({ done, total, failure }) => {
        if (failure)
          output.warn(`${failure.kind} descriptions of ${failure.id} "${failure.name}": ${failure.message}`)
        output.progress('describing', done, total)
      },
      onWait: (why, ms) => output.log(`asking again in ${(ms / 1000).toFixed(1)} s: ${why}`),
    })
    const { files, written, kept, failures } = result
    const cut = await library.countTooLong(result.sentences, CONTEXT_LENGTH)
    if (cut > 0)
      output.warn(
        `${cut} of ${result.sentences.length} sentences are longer than ${CONTEXT_LENGTH} tokens; the model will read their beginnings`,
      )
    for (const each of Object.values(files)) output.line(each)
    output.line(`${written} written, ${kept} kept, ${failures.length} failed`)
    if (failures.length > 0)
      output.log(
        'The same command asks for the classes that failed again; or write their sentences into the files.',
      )
    output.result({ files, written, kept, failures, sentences: result.sentences.length, tooLong: cut })
    return failures.length > 0 ? EXIT.failure : EXIT.ok
  },
})
