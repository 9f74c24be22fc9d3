import type { ConvertCheckpointResult, ConvertResult } from '../index.js'
import { UsageError } from './exit.js'
import { choice, word } from './options.js'
import { defineCommand, wordsOf } from './run.js'

const LAYOUTS = ['viclip', 'openai', 'hugging-face'] as const
const ADAPTERS = ['peft', 'msta'] as const

const isAdapterForm = (to: string): to is (typeof ADAPTERS)[number] =>
  (ADAPTERS as readonly string[]).includes(to)

/** `msta convert`: weights of any readable kind as safetensors, models in other layouts, adapters as PEFT's. */
export const convert = defineCommand({
  command: 'convert [files..]',
  describe:
    'Write weights (PyTorch .pth or .pt, TorchScript, sharded) as one safetensors file, or in another layout',
  builder: (yargs) =>
    yargs
      .positional('files', {
        type: 'string',
        array: true,
        describe: 'IN and OUT.safetensors; with --to, OUT may be a folder',
      })
      .option(
        'to',
        choice(
          'Layout of a model, or form of an adapter (peft: a folder; msta: one file); names are kept without it',
          [...LAYOUTS, ...ADAPTERS],
        ),
      )
      .option(
        'base',
        word(
          'The CLIP checkpoint that a ViFi-CLIP was tuned from; with --to peft, what the folder calls its model',
        ),
      )
      .option(
        'dtype',
        choice('Type of all floating-point tensors, instead of their own', [
          'float32',
          'float16',
          'bfloat16',
        ]),
      )
      .example('$0 convert ViClip-InternVid-10M-FLT.pth model.safetensors --dtype bfloat16', '')
      .example('$0 convert ViT-B-16.pt clip-hf --to hugging-face', '')
      .example('$0 convert run/adapter.safetensors adapter --to peft', ''),
  async run(options, { library, signal, output }) {
    const [input, out, ...more] = wordsOf(options, options.files)
    if (input === undefined || out === undefined || more.length > 0) {
      throw new UsageError('Name the file to read and the file to write.')
    }
    const { to, base, dtype } = options
    if (base !== undefined && (to === undefined || to === 'msta'))
      throw new UsageError('--base goes with --to, which says what is made of it')
    const common = {
      dtype,
      signal,
      onProgress: ({ done, total }: { done: number; total: number }) =>
        output.progress('converting', done, total),
    }
    const written: ConvertResult & Partial<ConvertCheckpointResult> =
      to === undefined
        ? await library.convertWeights(input, out, common)
        : isAdapterForm(to)
          ? await library.convertAdapter(input, out, { ...common, to, baseModel: base })
          : await library.convertCheckpoint(input, out, { ...common, to, base })
    output.result({ ...written, out })
    const { tensors, parameters, bytes } = written
    output.line(`wrote ${out}: ${tensors} tensors, ${parameters} parameters, ${(bytes / 1e6).toFixed(1)} MB`)
    const { made = [], left = [], removed } = written
    if (removed) output.line(`removed ${removed}, which told of a model in another layout`)
    for (const each of made) output.line(`made ${each}`)
    if (left.length > 0) output.line(`left out ${left.join(', ')}`)
  },
})
