import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { readLabels } from '../lib/data/labels.js'
import { VICLIP_B16, VICLIP_TINY } from '../lib/models/viclip/config.js'
import type { Ids } from '../lib/tensor/shape.js'
import { formatPrompts } from '../lib/text/prompts.js'
import { ClipTokenizer } from '../lib/text/tokenizer.js'
import { forwardPeers } from './forward-peers.js'
import { ourTrial, play } from './match.js'
import { chosenDtypes, MODEL_DTYPES, type Plan, type Result } from './plan.js'
import { lengthsOf, madeUpPrompts, type Prompts, trimmedRows } from './prompts.js'
import { textFlops } from './work.js'

const ROUNDS = 3
const REPEATS = 5
const TRIAL = fileURLToPath(new URL('./text-forward-trial.js', import.meta.url))
/** Ids of the longest prompt made up. */
const LONGEST = 12
/** Classes of HMDB-51 and of Kinetics-400. */
const CLASSES = [51, 400]
const TINY_CLASSES = [7]

/** The prompts to encode and what they are: the classes of label files, or made up. */
async function prompts(plan: Plan): Promise<{ name: string; texts: Prompts }[]> {
  const config = plan.size === 'tiny' ? VICLIP_TINY : VICLIP_B16
  if (plan.labels.length === 0) {
    const counts = plan.size === 'tiny' ? TINY_CLASSES : CLASSES
    return counts.map((classes) => ({
      name: 'made-up prompts',
      texts: madeUpPrompts(config, classes, LONGEST),
    }))
  }
  const found: Awaited<ReturnType<typeof prompts>> = []
  for (const file of plan.labels) {
    const texts = formatPrompts((await readLabels(file)).names)
    const { contextLength } = config.text
    const { ids } = ClipTokenizer.load().encodeBatch(texts, contextLength)
    const shape = [texts.length, contextLength] as Ids
    found.push({ name: path.basename(file, '.csv'), texts: { data: ids, shape } })
  }
  return found
}

/** The text encoder on all prompts of a data set at once, beside PyTorch and, on the CPU, onnxruntime. */
export async function* benchTextForward(plan: Plan): AsyncGenerator<Result> {
  const [isGpu, tiny] = [plan.device !== 'cpu', plan.size === 'tiny']
  const config = tiny ? VICLIP_TINY : VICLIP_B16
  for (const { name, texts } of await prompts(plan)) {
    const rows = trimmedRows(texts)
    const shape = [rows.length, rows[0]!.length]
    const ids = path.join(plan.folder, `ids-${name.replaceAll(' ', '-')}-${shape.join('x')}.json`)
    await writeFile(ids, JSON.stringify(rows))
    for (const dtype of chosenDtypes(plan, isGpu ? (['bfloat16'] as const) : MODEL_DTYPES)) {
      const args = ['--device', plan.device, '--dtype', dtype, '--ids', ids]
      args.push('--repeat', String(REPEATS), ...(tiny ? ['--tiny'] : []))
      yield* play(plan, {
        suite: 'text-forward',
        name: `viclip-${plan.size} text encoder, ${name}`,
        dtype,
        shape: `[${shape.join(', ')}]`,
        ours: { '': ourTrial(TRIAL, args) },
        peers: await forwardPeers(plan, { encoder: 'text', batch: rows.length, ids, dtype, repeat: REPEATS }),
        rounds: plan.rounds ?? ROUNDS,
        flops: () => textFlops(config, lengthsOf(rows)),
      })
    }
  }
}
