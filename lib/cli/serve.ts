import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { EXIT } from './exit.js'
import { loadModel, withModelOptions } from './model-options.js'
import { wholeNumber, word } from './options.js'
import { defineCommand } from './run.js'
import { fromRun } from './run-adapter.js'
import { runFolderOf } from './training-data.js'

const LOOPBACK = /^(localhost|::1|127\..*)$/
const DEFAULT_PORT = 7860

/** `msta serve`: a local page to recognise, record and add clips, and to train on them. */
export const serve = defineCommand({
  command: 'serve',
  describe: 'Show a page in the browser: recognise or record clips, add them to your actions, train',
  builder: (yargs) =>
    withModelOptions(yargs)
      .option(
        'data',
        word('Folder with a folder of clips for each action (msta init), to add clips to and train on'),
      )
      .option('out', word('Run folder of trainings; DATA-run unless given, and its adapter is used'))
      .option('set', {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'Change the recipe: key=value',
      })
      .option('port', { ...wholeNumber('port', 'Port to listen on; 0 for any'), default: DEFAULT_PORT })
      .option('host', {
        ...word('Address to listen on; by default only this machine can reach it'),
        default: '127.0.0.1',
      })
      .option('max-mb', { ...wholeNumber('max-mb', 'Most megabytes of a clip', 1), default: 200 })
      .example('$0 serve --data my-actions', ''),
  async run(options, context) {
    const { library, signal, output } = context
    const { data, port, host } = options
    const out = options.out ?? (data === undefined ? undefined : runFolderOf(data))
    const adapterFile = options.adapter ?? (await earlierAdapter(out))
    const { options: modelOptions, run } = await fromRun({ ...options, adapter: adapterFile }, context)
    if (!LOOPBACK.test(host))
      output.warn(
        `${host} is open to others: who reaches this machine can use it, add clips and train. There is no password.`,
      )
    const { model, adapter, dispose } = await loadModel(modelOptions, context)
    try {
      const server = await library.serve({
        model,
        adapter,
        adapterFile,
        labels: run?.labels,
        template: run?.template,
        data,
        out,
        changes: options.set,
        host,
        port,
        uploadBytes: options['max-mb'] * 1e6,
        onError: (error) => output.warn(error.stack ?? error.message),
      })
      output.line(server.url)
      output.result({ url: server.url })
      output.log('open it in a browser; Ctrl-C ends the server')
      if (!signal.aborted) await once(signal, 'abort')
      await server.close()
      return EXIT.ok
    } finally {
      dispose()
    }
  },
})

/** The adapter that was trained on the folder before. */
async function earlierAdapter(out: string | undefined): Promise<string | undefined> {
  const file = out && path.join(out, 'adapter.safetensors')
  const isThere = file !== undefined && (await stat(file).catch(() => undefined))?.isFile()
  return isThere ? file : undefined
}
