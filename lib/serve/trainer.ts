import path from 'node:path'
import type { Adapter } from '../adapters/adapter.js'
import { readFolderDataset, writeFolderLists } from '../data/folders/folder-dataset.js'
import type { ViCLIP } from '../recognition/viclip.js'
import { MstaError } from '../runtime/errors.js'
import { recipeForClips } from '../train/folder-recipe.js'
import { type TrainOptions, type TrainResult, train } from '../train/train.js'
import { keepingAdapter } from './keep-adapter.js'
import { Refusal } from './refusal.js'
import type { TrainingStatus } from './serve-types.js'

/** What a {@link Trainer} trains, and whom it tells. */
export interface TrainerOptions {
  model: ViCLIP
  data: string
  out: string
  changes: readonly string[]
  onStatus: () => void
  /** Given an adapter that is trained, which is the receiver's from then on. */
  onTrained: (adapter: Adapter, labels: readonly string[], template: string) => Promise<void>
}

/** Before any training. */
export const IDLE: TrainingStatus = {
  state: 'idle',
  step: 0,
  totalSteps: 0,
  epoch: 0,
  loss: null,
  validations: [],
  message: '',
}

/** Trains on a folder of class folders, one run at a time. */
export class Trainer {
  /** How the last run stands. */
  status: TrainingStatus = IDLE
  private running: Promise<void> | undefined
  private controller = new AbortController()

  constructor(private readonly options: TrainerOptions) {}

  /**
   * Begins a run, which goes on where an interrupted one of the same clips has stopped.
   * @throws Refusal 409 while there is one
   */
  start(): void {
    if (this.running) throw new Refusal(409, 'A training is going on. Wait for it, or stop it.')
    this.controller = new AbortController()
    this.status = IDLE
    this.tell({ state: 'running', message: 'Looking at the clips' })
    this.running = this.run(this.controller.signal).finally(() => {
      this.running = undefined
    })
  }

  /** Ends the run, if there is one; it can be continued. Resolves when it has ended. */
  async stop(): Promise<void> {
    if (!this.running) return
    this.tell({ state: 'stopping' })
    this.controller.abort(new Error('stopped'))
    await this.running
  }

  private tell(change: Partial<TrainingStatus>): void {
    this.status = { ...this.status, ...change }
    this.options.onStatus()
  }

  /** Never rejects: what goes wrong is told in the status. */
  private async run(signal: AbortSignal): Promise<void> {
    try {
      const message = await this.train(signal)
      this.tell({ state: 'done', step: this.status.totalSteps, message })
    } catch (error) {
      if (signal.aborted)
        this.tell({
          state: 'stopped',
          message: 'Stopped. Training again goes on from here, unless clips change.',
        })
      else this.tell({ state: 'failed', message: (error as Error).message })
    }
  }

  private async train(signal: AbortSignal): Promise<string> {
    const { model, data, out, changes, onTrained } = this.options
    const folders = await readFolderDataset(data, { out, signal })
    const { training, validation, classes, notes } = folders
    const clips = classes.map((each) => each.training)
    const { recipe, patience } = await recipeForClips(clips, model.config, changes)
    const held = validation?.entries.length ?? 0
    const plan = `${training.entries.length} clips to train on, ${held} held out to check`
    this.tell({ message: [plan, ...notes].join('; ') })
    const run: TrainOptions = {
      model,
      data: training,
      validation: validation ?? undefined,
      patience: validation ? patience : undefined,
      recipe,
      out,
      signal,
      onProgress: ({ step, totalSteps, epoch, loss }) =>
        this.tell({ step, totalSteps, epoch: epoch + 1, loss }),
      onValidation: ({ top1 }) => this.tell({ validations: [...this.status.validations, top1] }),
    }
    const result = await keepingAdapter(path.join(out, 'adapter.safetensors'), () => continueOrBegin(run))
    await onTrained(result.adapter, training.labels.names, recipe.template)
    await writeFolderLists(folders)
    return outcome(result)
  }
}

/** Goes on with the run in the folder if it is the same one, else begins anew in its place. */
async function continueOrBegin(options: TrainOptions): Promise<TrainResult> {
  try {
    return await train({ ...options, resume: true })
  } catch (error) {
    const isOther = error instanceof MstaError && ['ERR_CHECKPOINT', 'ERR_FORMAT'].includes(error.code)
    if (!isOther) throw error
    return train(options)
  }
}

function outcome({ best, losses, failures }: TrainResult): string {
  const accuracy =
    best === null ? '' : ` ${Math.round(100 * best.top1)} % of the clips held out are recognised.`
  const bad = failures.length === 0 ? '' : ` ${failures.length} clips could not be read.`
  const what = losses.length === 0 ? 'Nothing has changed since the last training.' : 'Trained.'
  return `${what}${accuracy}${bad}`
}
