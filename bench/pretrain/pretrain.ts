import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { FullTuning } from '../../lib/adapters/full/full.js'
import { saveViClip } from '../../lib/models/viclip/checkpoint.js'
import { ViClipModel } from '../../lib/models/viclip/model.js'
import type { ViClipConfig } from '../../lib/models/viclip/sizes.js'
import { Device } from '../../lib/runtime/device.js'
import { MstaError } from '../../lib/runtime/errors.js'
import { combine } from '../../lib/tensor/ops/combine.js'
import { ClipTokenizer } from '../../lib/text/tokenizer.js'
import {
  checkpointPath,
  type RunPosition,
  restoreCheckpoint,
  saveCheckpoint,
} from '../../lib/train/checkpoint.js'
import { MetricsLog } from '../../lib/train/metrics-log.js'
import { AdamW } from '../../lib/train/optimizer.js'
import { learningRate } from '../../lib/train/schedule.js'
import { type StepLoss, trainStep } from '../../lib/train/step.js'
import { type ClipForm, drawBatch } from './batches.js'

/** Sizes of msta-tiny. */
export const MSTA_TINY: ViClipConfig = {
  video: { resolution: 48, patchSize: 12, frames: 8, width: 96, layers: 4, heads: 3 },
  text: { width: 48, layers: 3, heads: 3, contextLength: 32, vocabularySize: 49408 },
  embedDim: 64,
}

/** All that decides the numbers of a pre-training, besides the machine. */
export interface PretrainSettings {
  config: ViClipConfig
  seed: number
  steps: number
  /** Of 16 clips each, of different motions or pairs of motions. */
  groups: number
  learningRate: number
  warmupSteps: number
  weightDecay: number
  temperature: number
  /** Factors of CLIP's initial values, by the parameter's name. */
  startScales: Record<string, number>
  maxGradientNorm: number
  /** Side of the drawn pictures in pixels. */
  drawn: number
}

/** As msta-tiny was made. */
export const PRETRAIN_SETTINGS: PretrainSettings = {
  config: MSTA_TINY,
  seed: 1,
  steps: 4000,
  groups: 3,
  learningRate: 1e-3,
  warmupSteps: 100,
  weightDecay: 0.01,
  temperature: 0.07,
  startScales: {
    'vision_encoder.conv1.weight': 0.4,
    'vision_encoder.positional_embedding': 8,
    'vision_encoder.temporal_positional_embedding': 8,
  },
  maxGradientNorm: 1,
  drawn: 64,
}

const STEPS_BETWEEN_CHECKPOINTS = 100

/** A step's figures, as in the log. */
export interface PretrainStep extends StepLoss {
  step: number
  learningRate: number
  seconds: number
}

/** How a pre-training runs; changes no number. */
export interface PretrainRun {
  /** Folder of checkpoint, log and model. */
  out: string
  /** Go on from the checkpoint in `out`, if there is one. */
  resume?: boolean
  /** Stop, to be resumed, before this step. */
  until?: number
  onStep?: (step: PretrainStep) => void
}

/**
 * Pre-trains a ViCLIP by its contrastive objective on drawn clips and captions: the mean of cross-entropies of each video
 * among the texts of its batch, and of each text among the videos.
 *
 * @returns the file of the model, float32
 * @throws MstaError ERR_CHECKPOINT when the checkpoint to resume from is of other settings; ERR_TRAIN, ERR_FILE
 */
export async function pretrain(settings: PretrainSettings, run: PretrainRun): Promise<string> {
  const { config, seed, steps } = settings
  await mkdir(run.out, { recursive: true })
  await ClipTokenizer.ready()
  const device = await Device.open('cpu')
  const model = ViClipModel.random(device, config, seed)
  model.temperature = settings.temperature
  balanceEmbeddings(model, settings.startScales)
  const adapter = FullTuning.attachWithWords(model)
  const optimizer = new AdamW(adapter.parameters.entries(), { weightDecay: settings.weightDecay })
  const log = new MetricsLog(path.join(run.out, 'metrics.jsonl'))
  const identity = { ...settings }
  const checkpoint = checkpointPath(run.out)
  const form: ClipForm = {
    drawn: settings.drawn,
    resolution: config.video.resolution,
    frames: config.video.frames,
  }
  try {
    let position: RunPosition = { step: 0, validated: 0, best: null }
    if (run.resume)
      position = await restoreCheckpoint(checkpoint, adapter, optimizer, identity).catch((error) => {
        if (error instanceof MstaError && error.code === 'ERR_FILE') return position
        throw error
      })
    await log.rewind(position.step)
    const last = Math.min(run.until ?? steps, steps)
    while (position.step < last) {
      const started = performance.now()
      const { step } = position
      const rate = learningRate(step + 1, {
        baseLr: settings.learningRate,
        totalSteps: steps,
        iterationsPerEpoch: 1,
        warmupEpochs: settings.warmupSteps,
      })
      const { clips, captions } = drawBatch(settings.groups, form, { seed, step })
      const context = {
        adapter,
        optimizer,
        prompts: tokenize(captions, config.text.contextLength),
        consistency: undefined,
        isSymmetric: true,
        seed,
        maxGradientNorm: settings.maxGradientNorm,
      }
      const loss = await trainStep(
        context,
        { clips, labels: clips.map((_, i) => i) },
        { step, learningRate: rate },
      )
      position.step++
      const line = {
        ...loss,
        step: position.step,
        learningRate: rate,
        seconds: (performance.now() - started) / 1000,
      }
      await log.append(line)
      run.onStep?.(line)
      if (position.step % STEPS_BETWEEN_CHECKPOINTS === 0 || position.step === last)
        await saveCheckpoint(checkpoint, adapter, optimizer, position, identity, 1)
    }
    const file = path.join(run.out, 'model.safetensors')
    await saveViClip(model, file)
    return file
  } finally {
    optimizer.dispose()
    model.dispose()
  }
}

/**
 * CLIP's initial values make of a patch's colours a vector twenty times as long as that of its place or its time; which way
 * something moves is then not learned in thousands of steps.
 */
function balanceEmbeddings(model: ViClipModel, scales: Record<string, number>): void {
  for (const [name, scale] of Object.entries(scales)) {
    const tensor = model.parameters.get(name)
    combine([tensor], [scale], { out: tensor })
  }
}

function tokenize(texts: readonly string[], length: number) {
  const { ids } = ClipTokenizer.load().encodeBatch(texts, length)
  return { data: ids, shape: [texts.length, length] as [number, number] }
}
