import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { Adapter } from '../adapters/adapter.js'
import { attachAdapter } from '../adapters/methods.js'
import { checkCount } from '../data/check-count.js'
import { type Dataset, loadDataset } from '../data/dataset.js'
import { Loader, type LoaderBatch, type LoaderFailure } from '../data/loader.js'
import { type EvaluationResult, evaluate } from '../evaluate/evaluate.js'
import { makeFolder } from '../formats/make-folder.js'
import { replaceFile } from '../formats/replace-file.js'
import { modelRecord } from '../recognition/model-record.js'
import { MstaError } from '../runtime/errors.js'
import { BestAdapter } from './best-adapter.js'
import { checkpointPath, type RunPosition, restoreCheckpoint, saveCheckpoint } from './checkpoint.js'
import { EventLog } from './event-log.js'
import { type MetricsLine, MetricsLog } from './metrics-log.js'
import { AdamW } from './optimizer.js'
import { checkRecipe, type Recipe } from './recipes.js'
import { checkDescriptions, disposeTexts, prepareTexts, type RunTexts } from './run-texts.js'
import { learningRate } from './schedule.js'
import { type StepContext, trainStep } from './step.js'
import type { TrainOptions, TrainProgress, TrainResult } from './train-types.js'
import { VideoPrefixCache } from './video-prefix-cache.js'

export type * from './train-types.js'

const KEPT_CHECKPOINTS = 2
const MOST_SKIPPED_IN_A_ROW = 10

const bestFile = (out: string) => path.join(out, 'adapter-best.safetensors')
const validationFile = (out: string) => path.join(out, 'validation.json')

/**
 * Trains an adapter on a list of videos (SPEC sections 3 to 5). With `out`, an abort or a crash leaves a run
 * that `resume` continues with the same numbers as an uninterrupted one.
 *
 * @throws MstaError ERR_ARGUMENT, ERR_LIST, ERR_LABELS, ERR_FILE, ERR_VIDEO, ERR_CHECKPOINT; ERR_TRAIN for a loss that
 *   is not finite; the signal's reason
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { model, signal } = options
  const recipe = checkRecipe(options.recipe)
  checkCount('keepCheckpoints', options.keepCheckpoints ?? KEPT_CHECKPOINTS)
  if (options.patience !== undefined) checkCount('patience', options.patience)
  if (options.patience !== undefined && !options.validation)
    throw new MstaError('ERR_ARGUMENT', 'patience needs a validation, which tells when to stop')
  const dataset = 'entries' in options.data ? options.data : await loadDataset({ ...options.data, signal })
  const adapter = options.adapter ?? attachAdapter(model, { ...recipe.adapter, seed: recipe.seed })
  if (adapter.model !== model.model)
    throw new MstaError('ERR_ARGUMENT', 'train: the adapter belongs to another model')
  let run: TrainingRun | undefined
  try {
    run = new TrainingRun(options, recipe, dataset, adapter)
    return await run.run()
  } catch (error) {
    if (!options.adapter) adapter.dispose()
    throw error
  } finally {
    run?.dispose()
  }
}

class TrainingRun {
  private readonly loader: Loader
  private readonly optimizer: AdamW
  private readonly log: MetricsLog | undefined
  private readonly events: EventLog | undefined
  private readonly failures = new Map<string, LoaderFailure>()
  private readonly losses: number[] = []
  private skippedInARow = 0
  private position: RunPosition = { step: 0, validated: 0, best: null }
  private readonly best: BestAdapter
  private validation: EvaluationResult | null = null
  private context: StepContext | undefined
  private texts: RunTexts | undefined
  private readonly videoPrefixes: VideoPrefixCache | undefined

  constructor(
    private readonly options: TrainOptions,
    private readonly recipe: Recipe,
    private readonly dataset: Dataset,
    private readonly adapter: Adapter,
  ) {
    const { frames, resolution } = options.model.config.video
    this.best = new BestAdapter(adapter, options.out === undefined ? undefined : bestFile(options.out))
    if (options.cacheVideoPrefix !== undefined)
      this.videoPrefixes = new VideoPrefixCache(adapter, options.cacheVideoPrefix, recipe)
    this.loader = new Loader(dataset, {
      mode: 'train',
      batchSize: recipe.batchSize,
      frames,
      size: resolution,
      seed: recipe.seed,
      preset: recipe.augmentation,
      crop: { scale: recipe.cropScale, ratio: recipe.cropRatio },
      badVideos: options.badVideos ?? 'skip',
      cacheFrames: options.cacheFrames,
    })
    this.optimizer = new AdamW(adapter.parameters.entries(), { weightDecay: recipe.weightDecay })
    if (options.out === undefined) return
    this.log = new MetricsLog(path.join(options.out, 'metrics.jsonl'))
    this.events = new EventLog(options.out)
  }

  private get totalSteps(): number {
    return this.recipe.epochs * this.loader.batchCount
  }

  async run(): Promise<TrainResult> {
    this.options.model.model.device.resetPeakMemory()
    await this.prepare()
    try {
      const perEpoch = this.loader.batchCount
      while (true) {
        const epoch = Math.floor(this.position.step / perEpoch)
        // Before the next epoch, or after a resume that found the last one not validated.
        if (this.options.validation && epoch > this.position.validated) await this.validate(epoch)
        else if (this.position.step < this.totalSteps && !this.isPatienceOver)
          await this.runEpoch(epoch, this.position.step % perEpoch)
        else break
        await this.save()
      }
    } catch (error) {
      // Whatever ended the run, the steps done so far are whole: keep them, unless one is missing in the log.
      if (this.log?.isWhole) await this.save().catch(() => {})
      throw error
    }
    if (this.options.patience !== undefined) await this.takeBest()
    const { best, bestAt = 0 } = this.position
    return {
      adapter: this.adapter,
      steps: this.position.step,
      losses: this.losses,
      failures: [...this.failures.values()],
      validation: this.validation,
      best: best === null ? null : { top1: best, epoch: bestAt - 1 },
      frameCache: this.loader.cacheStats,
      adapterFile: this.adapterFile,
    }
  }

  /** Whether the last `patience` validations brought nothing better. */
  private get isPatienceOver(): boolean {
    const { validated, bestAt = 0 } = this.position
    return validated - bestAt >= (this.options.patience ?? Number.POSITIVE_INFINITY)
  }

  /** The run ends with the adapter of its best validation; the checkpoint stays that of the last step. */
  private async takeBest(): Promise<void> {
    await this.best.putBack()
    if (this.adapterFile !== null) await this.adapter.save(this.adapterFile)
  }

  private get adapterFile(): string | null {
    return this.options.out === undefined ? null : path.join(this.options.out, 'adapter.safetensors')
  }

  /** What a checkpoint must agree on to be continued. */
  private identity(): Record<string, unknown> {
    return {
      recipe: this.recipe,
      'adapter settings': this.adapter.settings(),
      model: { source: this.options.model.source, config: this.adapter.model.config },
      'training list': this.dataset.list.sha256,
      labels: this.dataset.labels.names,
      descriptions: this.options.descriptions ?? null,
      'cached frames': this.loader.cachedFrames,
      ...(this.options.patience !== undefined && { 'early stopping': this.earlyStopping() }),
    }
  }

  private earlyStopping(): Record<string, unknown> {
    const list = this.options.validation!.list
    return { patience: this.options.patience, validation: typeof list === 'string' ? list : list.sha256 }
  }

  private async prepare(): Promise<void> {
    const { model, descriptions, out, resume, signal } = this.options
    checkDescriptions(this.recipe, descriptions)
    if (out !== undefined) {
      await makeFolder(out)
      if (resume) await this.restore(out)
      await this.log!.rewind(this.position.step, this.position.validated)
      await this.events!.start(this.position.step)
      // Of another run in this folder.
      if (this.position.step === 0) await rm(validationFile(out), { force: true })
      const config = {
        ...this.identity(),
        model: await modelRecord(model, signal),
        'training list': this.dataset.list,
        data: this.dataset.root,
      }
      const text = `${JSON.stringify(config, null, 2)}\n`
      await replaceFile(path.join(out, 'config.json'), (file) => file.writeFile(text))
    }
    this.texts = await prepareTexts(this.options, this.recipe, this.adapter, this.dataset.labels.names)
    this.context = {
      adapter: this.adapter,
      optimizer: this.optimizer,
      ...this.texts,
      videoPrefixes: this.videoPrefixes,
      seed: this.recipe.seed,
      maxGradientNorm: this.recipe.maxGradientNorm,
    }
  }

  private async restore(out: string): Promise<void> {
    try {
      this.position = await restoreCheckpoint(
        checkpointPath(out),
        this.adapter,
        this.optimizer,
        this.identity(),
        this.options.onNote,
      )
    } catch (error) {
      // No checkpoint yet: the run was stopped before its first one, and begins anew.
      if (!(error instanceof MstaError) || error.code !== 'ERR_FILE') throw error
    }
  }

  private async runEpoch(epoch: number, startBatch: number): Promise<void> {
    const { signal } = this.options
    const skip = (entry: number) => this.videoPrefixes?.has(entry) ?? false
    let started = performance.now()
    for await (const batch of this.loader.batches(epoch, { startBatch, skip, signal })) {
      signal?.throwIfAborted()
      for (const failure of batch.failures) this.failures.set(failure.path, failure)
      await this.step(batch, started, (performance.now() - started) / 1000)
      started = performance.now()
    }
  }

  private async step({ clips, epoch }: LoaderBatch, started: number, secondsWaiting: number): Promise<void> {
    const { step } = this.position
    const rate = learningRate(step, {
      baseLr: this.recipe.learningRate,
      totalSteps: this.totalSteps,
      iterationsPerEpoch: this.loader.batchCount,
      warmupEpochs: this.recipe.warmupEpochs,
    })
    if (clips.length === 0) {
      this.position.step++
      return
    }
    const batch = { clips, labels: clips.map(({ label }) => label) }
    const loss = await trainStep(this.context!, batch, {
      step,
      learningRate: rate,
      signal: this.options.signal,
    }).catch((error) => this.passOver(error, clips))
    this.position.step++
    if (!loss) return
    this.skippedInARow = 0
    this.losses.push(loss.loss)
    const seconds = (performance.now() - started) / 1000
    await this.report({
      ...loss,
      step: this.position.step,
      totalSteps: this.totalSteps,
      epoch,
      learningRate: rate,
      seconds,
      peakMemoryMb: Math.round(this.options.model.model.device.memory().peak / 2 ** 20),
      secondsWaiting,
    })
  }

  /** By policy, a step without a finite loss and gradient is left out. @throws what else went wrong, or too many of them */
  private async passOver(error: unknown, clips: LoaderBatch['clips']): Promise<undefined> {
    if (!(error instanceof MstaError) || error.code !== 'ERR_TRAIN') throw error
    const { step } = this.position
    const what = `${error.message}: ${clips.map((clip) => clip.path).join(', ')}`
    this.skippedInARow++
    if (this.options.onNonFinite === 'skip' && this.skippedInARow < MOST_SKIPPED_IN_A_ROW) {
      this.options.onNote?.(`skipped: ${what}`)
      await this.record({ step: step + 1, skipped: what })
      return undefined
    }
    const { out } = this.options
    const kept = out === undefined ? '' : `. The adapter of step ${step} is kept in ${checkpointPath(out)}`
    const inARow = this.skippedInARow > 1 ? `${this.skippedInARow} steps in a row. ` : ''
    throw new MstaError('ERR_TRAIN', `${inARow}${what}${kept}`, { cause: error })
  }

  /** @param epochs how many are done */
  private async validate(epochs: number): Promise<void> {
    const { model, validation, out, signal } = this.options
    const result = await evaluate({
      model,
      adapter: this.adapter,
      data: validation!,
      template: this.recipe.template,
      cacheFrames: this.options.cacheFrames,
      signal,
    })
    this.position.validated = epochs
    const { best } = this.position
    if (best === null || result.top1 > best)
      Object.assign(this.position, { best: result.top1, bestAt: epochs })
    // Of equal ones the last, which has learnt for longer.
    const isBest = result.top1 === this.position.best
    const isKept = this.options.patience !== undefined
    if (isBest && (isKept || out !== undefined)) await this.best.keep()
    if (isBest || !isKept) {
      this.validation = result
      if (out !== undefined) await this.keepValidation(out, result)
    }
    const { step } = this.position
    const { top1, top5, videos, failed } = result
    await this.record({ step, epoch: epochs - 1, validation: { top1, top5, videos, failed } })
    this.options.onValidation?.({ epoch: epochs - 1, top1, top5, isBest })
  }

  /** In the form of `msta eval --json`. */
  private async keepValidation(out: string, result: EvaluationResult): Promise<void> {
    const saved = { model: this.options.model.source, adapter: this.adapterFile, ...result }
    await replaceFile(validationFile(out), (file) => file.writeFile(`${JSON.stringify(saved)}\n`))
  }

  private async report(progress: TrainProgress): Promise<void> {
    await this.record({ ...progress })
    this.options.onProgress?.(progress)
  }

  private async record(line: MetricsLine): Promise<void> {
    await this.log?.append(line)
    await this.events?.append(line)
  }

  private async save(): Promise<void> {
    const { out } = this.options
    if (out === undefined) return
    const keep = this.options.keepCheckpoints ?? KEPT_CHECKPOINTS
    const file = checkpointPath(out)
    await saveCheckpoint(file, this.adapter, this.optimizer, this.position, this.identity(), keep)
    await this.adapter.save(this.adapterFile!)
  }

  dispose(): void {
    this.optimizer.dispose()
    if (this.texts) disposeTexts(this.texts)
    this.videoPrefixes?.dispose()
  }
}
