import type { AdapterOptions, ViClipConfig } from '../index.js'
import { choice, flag, wholeNumber, word } from './options.js'
import { formatTable, type Output } from './output.js'
import { defineCommand, type Library } from './run.js'

const MODELS = ['b16', 'l14', 'tiny', 'clip-b16', 'clip-l14', 'clip-tiny'] as const

/** `msta flops`: the analytic count of multiply-accumulates and parameters. */
export const flops = defineCommand({
  command: 'flops',
  describe: 'Count the multiply-accumulates and parameters of a model, analytically',
  builder: (yargs) =>
    yargs
      .option('model', { ...choice('Model', MODELS), default: 'b16' as const })
      .option('frames', { ...wholeNumber('frames', 'Frames a clip', 1), default: 8 })
      .option('prompts', {
        ...wholeNumber('prompts', 'Class prompts to count for the text encoder'),
        default: 1,
      })
      .option('adapter', choice('Count an adapter too', ['msta', 'adaptformer', 'lora', 'full']))
      .option('dim', wholeNumber('dim', 'Adapter: width of the inner path', 1))
      .option('rank', wholeNumber('rank', 'Adapter: rank of each update (lora)', 1))
      .option('layers', word('Adapter: blocks from 1, as 8-12'))
      .option('temporal', choice('Adapter: temporal up-projection', ['conv', 'depthwise', 'none']))
      .option('temporal-kernel', wholeNumber('temporal-kernel', 'Adapter: frames it sees, odd', 1))
      .option('shared', flag('Adapter: the projection shared by video and text'))
      .option('video', flag('Adapter: in the video encoder'))
      .option('text', flag('Adapter: in the text encoder'))
      .implies({ dim: 'adapter', layers: 'adapter', temporal: 'adapter', 'temporal-kernel': 'adapter' })
      .implies({ rank: 'adapter', shared: 'adapter', video: 'adapter', text: 'adapter' }),
  async run(options, { library, output }) {
    const { adapter: method, dim, rank, layers, temporal, temporalKernel, shared, video, text } = options
    const adapter: AdapterOptions = { dim, rank, layers, temporal, temporalKernel, shared, video, text }
    const given = Object.fromEntries(Object.entries(adapter).filter(([, value]) => value !== undefined))
    const { video: sizes, ...rest } = configOf(library, options.model)
    const config = { ...rest, video: { ...sizes, frames: options.frames } }
    const count = countAll(library, config, method && { ...given, method }, options.prompts)
    output.result({ model: options.model, frames: options.frames, ...count })
    print(options.model, config, count, library, output)
  },
})

function configOf(library: Library, model: (typeof MODELS)[number]): ViClipConfig {
  return {
    b16: library.VICLIP_B16,
    l14: library.VICLIP_L14,
    tiny: library.VICLIP_TINY,
    'clip-b16': library.CLIP_B16,
    'clip-l14': library.CLIP_L14,
    'clip-tiny': library.CLIP_TINY,
  }[model]
}

/**
 * `macs.total` is that of one clip through the video encoder, its adapter included, which is what papers give;
 * `macs.text` is that of the prompts, its adapter included.
 */
function countAll(
  library: Library,
  config: ViClipConfig,
  options: AdapterOptions | undefined | '',
  prompts: number,
) {
  const { video, text, similarity } = library.viclipMacs(config, prompts)
  const cost = options ? library.adapterCost(options, config, prompts) : null
  const added = cost?.macs
  const model = library.parameterCount(config)
  const trainable = options ? library.trainableCount(options, config) : 0
  const own = cost?.parameters ?? 0
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
    params: { total: model + own, trainable, model, adapter: own },
    method: options ? options.method : null,
    adapter: cost?.settings ?? null,
    paperGmacs: library.PAPER_GMACS,
  }
}

interface EncoderMacs {
  blocks: { attentionProjections: number; attentionScores: number; mlp: number }
  projection: number
}

function components({ blocks: { attentionProjections, attentionScores, mlp }, projection }: EncoderMacs) {
  return { attentionProjections, attentionScores, mlp, projection }
}

const giga = (macs: number): string => (macs / 1e9).toFixed(4)
const grouped = (count: number): string => count.toLocaleString('en')

/** The paper's figure for a clip of B/16, where it has one. */
function published(
  { PAPER_GMACS: paper }: Library,
  model: string,
  frames: number,
  method: string | null | undefined,
): number | string | undefined {
  if (model === 'clip-b16' && (method === null || method === 'full'))
    return { 8: paper.clip8Frames, 16: paper.clip16Frames }[frames]
  if (model !== 'b16' || frames !== 8) return undefined
  return method === null
    ? paper.zeroShotViClip
    : method === 'msta'
      ? paper.adaptedViClip.join(' to ')
      : undefined
}

function print(
  model: string,
  { video: { frames, frameWise } }: ViClipConfig,
  { macs, params, method }: ReturnType<typeof countAll>,
  library: Library,
  output: Output,
) {
  const { text } = macs
  const paper = library.PAPER_GMACS
  const figure = published(library, model, frames, method)
  const parts = (counts: typeof macs | typeof text) => [
    ...('patches' in counts ? [['  patches', giga(counts.patches)]] : []),
    ['  attention projections', giga(counts.attentionProjections)],
    ['  attention scores', giga(counts.attentionScores)],
    ['  mlp', giga(counts.mlp)],
    ['  projection', giga(counts.projection)],
    ...Object.entries(counts.adapter ?? {})
      .filter(([name]) => name !== 'total')
      .map(([name, count]) => [`  adapter, ${name}`, giga(count)]),
  ]
  const isB16 = model.endsWith('b16')
  const tuned = `all but the token embedding${frameWise ? ', with logit_scale' : ' and the temperature'}`
  const rows = [
    ['10^9 multiply-accumulates', ''],
    [
      frameWise ? `a clip, image encoder on ${frames} frames` : 'a clip, video encoder',
      giga(macs.total),
      figure === undefined ? '' : `the paper prints ${figure}`,
    ],
    ...parts(macs),
    [`${text.prompts} prompt${text.prompts === 1 ? '' : 's'} of ${text.length} ids`, giga(text.total)],
    ...parts(text),
    ['a frame, CLIP of these sizes', giga(macs.clipFrame)],
    ['8 frames', giga(8 * macs.clipFrame), isB16 ? `the paper prints ${paper.clip8Frames}` : ''],
    ['16 frames', giga(16 * macs.clipFrame), isB16 ? `the paper prints ${paper.clip16Frames}` : ''],
    ['parameters', ''],
    ['  model', grouped(params.model)],
    ['  trainable', grouped(params.trainable), method === 'full' ? tuned : ''],
    ['  total', grouped(params.total)],
  ]
  for (const line of formatTable(rows)) output.line(line)
}
