import { UsageError } from './exit.js'
import { flag, word } from './options.js'
import { defineCommand } from './run.js'

/** `msta init`: a folder for clips of one's own actions. */
export const init = defineCommand({
  command: 'init <folder>',
  describe: 'Make a folder for clips of your own actions: a folder for each, and what to do in README.txt',
  builder: (yargs) =>
    yargs
      .positional('folder', { type: 'string', demandOption: true, describe: 'What to make' })
      .option('classes', word('Names of the actions, separated by commas'))
      .option('example', { ...flag('Fill it with drawn clips, to try everything at once'), default: false })
      .example('$0 init my-actions --classes "waving,clapping,nothing happens"', '')
      .example('$0 init my-actions --example', ''),
  async run({ folder, classes, example }, { library, signal, output }) {
    if (example && classes !== undefined)
      throw new UsageError('--example brings its own classes; leave --classes out.')
    const result = await library.initFolderDataset(folder, {
      classes: classes === undefined ? undefined : library.parseLabelWords(classes).names,
      example,
      signal,
      onProgress: ({ done, total }) => output.progress('drawing clips', done, total),
    })
    output.line(`${folder}: ${result.classes.join(', ')}`)
    output.line(example ? `${result.clips} clips; now:` : 'Put clips of each action into its folder, then:')
    output.line(`  msta train --data ${folder}`)
    output.line(`  msta predict ${result.clipToTry ?? 'CLIP'} --adapter ${folder}-run`)
    output.result(result)
  },
})
