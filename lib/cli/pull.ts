import { word } from './options.js'
import { reportPull } from './pull-report.js'
import { defineCommand } from './run.js'

/** `msta pull`: a model of the hub, into the cache. */
export const pull = defineCommand({
  command: 'pull <id>',
  describe: 'Download a model of the Hugging Face hub, and print the folder of its files',
  builder: (yargs) =>
    yargs
      .positional('id', {
        type: 'string',
        demandOption: true,
        describe:
          'ORG/NAME, or ORG/NAME@REVISION; with #FILE behind where there are several files of weights',
      })
      .option('revision', word('A branch, a tag or a commit'))
      .example('$0 pull OpenGVLab/ViCLIP-B-16-hf', ''),
  async run({ id, revision }, { library, signal, output }) {
    const pulled = await library.pullModel(id, { ...reportPull(output), revision, signal })
    output.line(pulled.folder)
    output.result(pulled)
  },
})
