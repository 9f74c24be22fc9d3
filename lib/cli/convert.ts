import { UsageError } from './exit.js'
import { choice } from './options.js'
import { defineCommand, wordsOf } from './run.js'

/** `msta convert`: weights of any readable kind as safetensors. */
export const convert = defineCommand({
  command: 'convert [files..]',
  describe: 'Write weights (PyTorch .pth or .pt, TorchScript, sharded) as one safetensors file',
  builder: (yargs) =>
    yargs
      .positional('files', { type: 'string', array: true, describe: 'IN and OUT.safetensors' })
      .option(
        'dtype',
        choice('Type of all floating-point tensors, instead of their own', [
          'float32',
          'float16',
          'bfloat16',
        ]),
      )
      .example('$0 convert ViClip-InternVid-10M-FLT.pth model.safetensors --dtype bfloat16', ''),
  async run(options, { library, signal, output }) {
    const [input, out, ...more] = wordsOf(options, options.files)
    if (input === undefined || out === undefined || more.length > 0) {
      throw new UsageError('Name the file to read and the file to write.')
    }
    const written = await library.convertWeights(input, out, {
      dtype: options.dtype,
      signal,
      onProgress: ({ done, total }) => output.progress('converting', done, total),
    })
    output.result({ ...written, out })
    const { tensors, parameters, bytes } = written
    output.line(`wrote ${out}: ${tensors} tensors, ${parameters} parameters, ${(bytes / 1e6).toFixed(1)} MB`)
  },
})
