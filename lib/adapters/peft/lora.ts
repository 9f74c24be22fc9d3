import { listProblems } from '../../formats/problems.js'
import { splitRows } from '../../formats/views.js'
import { sameShape } from '../../tensor/shape.js'
import { refusal, type StoredTensor } from '../stored-adapter.js'
import { COMMON_KEYS, type PeftConfig, requireNumber } from './config.js'

/** Ours adapts queries and values; PEFT knows them as modules of their own, which ViCLIP's packed projection has not. */
const MODULES = ['q', 'v'] as const
const ENCODERS = { video: 'vision_encoder', text: 'text_encoder' } as const
type Encoder = keyof typeof ENCODERS
const OWN = /^(video|text)\.(\d+)\.(down|up)$/
const THEIRS =
  /^base_model\.model\.((vision|text)_encoder\.transformer\.resblocks\.(0|[1-9]\d*)\.attn\.[qv])\.lora_([AB])\.weight$/

/** Keys of PEFT's LoRA whose value changes nothing of what a trained one computes; tensors tell which modules it has. */
const HARMLESS = [
  'r',
  'lora_alpha',
  'lora_dropout',
  'target_modules',
  'exclude_modules',
  'layers_to_transform',
  'layers_pattern',
  'ensure_weight_tying',
  'megatron_core',
  'qalora_group_size',
  'runtime_config',
]

/** Whether a value leaves off what its key is for. */
const isOff = (key: string, value: unknown): boolean => {
  // Other ways to begin than these change the frozen weights, too.
  if (key === 'init_lora_weights') return typeof value === 'boolean' || value === 'gaussian'
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0
  return value === null || value === false || (key === 'bias' && value === 'none')
}

const modulePath = (encoder: Encoder, block: string | number, module: string): string =>
  `${ENCODERS[encoder]}.transformer.resblocks.${block}.attn.${module}`

const peftName = (path: string, letter: 'A' | 'B'): string => `base_model.model.${path}.lora_${letter}.weight`

/** Our settings and tensors of a LoRA as PEFT's. @throws MstaError ERR_CHECKPOINT where they are not those of a LoRA */
export function toPeftLora(
  path: string,
  { rank, alpha }: Record<string, unknown>,
  tensors: ReadonlyMap<string, StoredTensor>,
): { config: object; tensors: Map<string, StoredTensor> } {
  const names = [...tensors.keys()]
  const isHalved = ({ shape }: StoredTensor) => shape.length === 2 && shape[0]! % MODULES.length === 0
  const problems = listProblems({
    unexpected: names.filter((name) => !OWN.test(name)),
    'mis-shaped': names.filter((name) => OWN.test(name) && !isHalved(tensors.get(name)!)),
  })
  if (problems) throw refusal(path, `holds no LoRA on queries and values; ${problems}`)
  if (typeof rank !== 'number' || typeof alpha !== 'number')
    throw refusal(path, 'its settings tell no rank and alpha')
  const modules = new Set<string>()
  const result = new Map<string, StoredTensor>()
  for (const [name, { parts }] of tensors) {
    const [, encoder, block, side] = OWN.exec(name)!
    const halves = parts.length === 2 ? parts : splitRows(parts[0]!, 2)
    for (const [i, module] of MODULES.entries()) {
      const target = modulePath(encoder as Encoder, block!, module)
      modules.add(target)
      const half = halves[i]!
      result.set(peftName(target, side === 'down' ? 'A' : 'B'), { shape: half.shape, parts: [half] })
    }
  }
  const config = {
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    target_modules: [...modules].sort(),
    bias: 'none',
    fan_in_fan_out: false,
    init_lora_weights: true,
    modules_to_save: null,
  }
  return { config, tensors: result }
}

/** PEFT's LoRA as ours. @throws MstaError ERR_CHECKPOINT for what ours does not compute, and tensors that do not fit */
export function fromPeftLora(
  config: PeftConfig,
  path: string,
  stored: ReadonlyMap<string, StoredTensor>,
): { settings: Record<string, unknown>; tensors: Map<string, StoredTensor> } {
  const { file, values } = config
  for (const [key, value] of Object.entries(values))
    if (!COMMON_KEYS.includes(key) && !HARMLESS.includes(key) && !isOff(key, value))
      throw refusal(file, `${key} is ${JSON.stringify(value)}, which LoRA does not compute here`)
  const rank = requireNumber(config, 'r')
  const alpha = requireNumber(config, 'lora_alpha')
  const blocks = blocksOf(stored.keys())
  if (blocks.size === 0)
    throw refusal(path, 'holds no tensors of a LoRA on queries and values of a ViCLIP or CLIP')
  const tensors = joinHalves(path, rank, blocks, stored)
  const places = [...blocks.values()]
  const has = (encoder: Encoder) => places.some((place) => place.encoder === encoder)
  const layers = [...new Set(places.map(({ block }) => block + 1))].sort((a, b) => a - b)
  return { settings: { rank, video: has('video'), text: has('text'), alpha, layers }, tensors }
}

interface Place {
  encoder: Encoder
  block: number
}

/** The adapted blocks by what our tensors' names begin with. */
function blocksOf(names: Iterable<string>): Map<string, Place> {
  const blocks = new Map<string, Place>()
  for (const name of names) {
    const [match, , model, block] = THEIRS.exec(name) ?? []
    const encoder = model === 'vision' ? 'video' : 'text'
    if (match) blocks.set(`${encoder}.${block}`, { encoder, block: Number(block) })
  }
  return blocks
}

/** Queries over values, as our tensors have them. @throws MstaError ERR_CHECKPOINT with all that does not fit */
function joinHalves(
  path: string,
  rank: number,
  blocks: ReadonlyMap<string, Place>,
  stored: ReadonlyMap<string, StoredTensor>,
): Map<string, StoredTensor> {
  const unexpected = [...stored.keys()].filter((name) => !THEIRS.test(name))
  const missing: string[] = []
  const misshapen: string[] = []
  const tensors = new Map<string, StoredTensor>()
  for (const [name, { encoder, block }] of blocks)
    for (const [side, letter] of [
      ['down', 'A'],
      ['up', 'B'],
    ] as const) {
      const halves: StoredTensor[] = []
      for (const module of MODULES) {
        const half = peftName(modulePath(encoder, block, module), letter)
        const tensor = stored.get(half)
        if (!tensor) missing.push(half)
        else {
          const [rows = 0, columns = 0] = (halves[0] ?? tensor).shape
          const expected = letter === 'A' ? [rank, columns] : [rows, rank]
          if (!sameShape(tensor.shape, expected))
            misshapen.push(`${half} [${tensor.shape}] instead of [${expected}]`)
          halves.push(tensor)
        }
      }
      const [rows = 0, columns = 0] = halves[0]?.shape ?? []
      tensors.set(`${name}.${side}`, {
        shape: [MODULES.length * rows, columns],
        parts: halves.flatMap(({ parts }) => parts),
      })
    }
  const problems = listProblems({ missing, unexpected, 'mis-shaped': misshapen })
  if (problems) throw refusal(path, `does not fit a LoRA of rank ${rank} on queries and values; ${problems}`)
  return tensors
}
