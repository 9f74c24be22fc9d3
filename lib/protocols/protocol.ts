import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Adapter } from '../adapters/adapter.js'
import { methodOfFile } from '../adapters/adapter-file.js'
import { loadAdapter, trainableCount } from '../adapters/methods.js'
import { makeFolder } from '../formats/make-folder.js'
import { replaceFile } from '../formats/replace-file.js'
import { parameterCount } from '../models/viclip/config.js'
import type { ViCLIP } from '../recognition/viclip.js'
import { parseViews } from '../recognition/views.js'
import { weightsHash } from '../recognition/weights-hash.js'
import { MstaError } from '../runtime/errors.js'
import { packageRoot } from '../runtime/package-root.js'
import { countTooLong } from '../text/descriptions.js'
import { DEFAULT_TEMPLATE } from '../text/prompts.js'
import { firstOfEach } from '../train/descriptions.js'
import { MEAN, STD } from '../video/transforms.js'
import { findLeaks } from './guard.js'
import { LentModel } from './models.js'
import { type Plan, planProtocol, type Training } from './plan.js'
import { checkRequest, type ProtocolRequest } from './request.js'
import type { Headline, ProtocolResult, Provenance, RunResult, SystemResult } from './result.js'
import { descriptionsFor, type ProtocolProgress, type RunSettings, testAll, trainAndTest } from './run.js'
import { summarise } from './summary.js'
import { resolveSystems, type System, templateOf } from './systems.js'

/** Options of {@link runProtocol}. */
export interface RunProtocolOptions {
  /** Folder for results.json and, below it, a run folder for each training; nothing is written without it. */
  out?: string | undefined
  /** Keep what an earlier call with the same request has finished in `out`. */
  resume?: boolean
  /** Used instead of loading the request's model, except by what tunes the whole model. */
  model?: ViCLIP
  /** Tested instead of training; made for `model`. */
  adapter?: Adapter | null | undefined
  signal?: AbortSignal | undefined
  /** Told of every training step and of tested videos. */
  onProgress?: ((progress: ProtocolProgress) => void) | undefined
  /** Told what is left out, missing or doubtful; the result's `notes` have it, too. */
  onNote?: ((note: string) => void) | undefined
}

const FORMAT_VERSION = 1

/**
 * Trains and tests systems by a protocol of the paper (SPEC section 6). Two calls with one request give the same
 * figures on one device.
 *
 * @throws MstaError ERR_ARGUMENT, ERR_FILE, ERR_LIST (also for what is both trained and tested on), ERR_LABELS,
 *   ERR_VIDEO, ERR_CHECKPOINT, ERR_TRAIN; the signal's reason. With `out`, what is done stays for `resume`.
 */
export async function runProtocol(
  request: ProtocolRequest,
  options: RunProtocolOptions = {},
): Promise<ProtocolResult> {
  const run = new ProtocolRun(checkRequest(request), options)
  try {
    return await run.run()
  } finally {
    run.dispose()
  }
}

class ProtocolRun {
  private readonly notes: string[] = []
  private readonly started = performance.now()
  private readonly models: { viclip: LentModel; clip: LentModel | undefined }
  private readonly views: string
  /** Of what is not trained here. */
  private template = DEFAULT_TEMPLATE
  private weights: Provenance['weights'] = []

  constructor(
    private readonly request: ProtocolRequest,
    private readonly options: RunProtocolOptions,
  ) {
    this.views = request.views ?? (request.protocol === 'supervised' ? '4x3' : '1x1')
    parseViews(this.views)
    this.models = {
      viclip: new LentModel(request.model, options.model),
      clip: request.clip && new LentModel(request.clip),
    }
  }

  async run(): Promise<ProtocolResult> {
    const { request, options } = this
    const { signal, out } = options
    const isGiven = request.adapters !== undefined || options.adapter !== undefined
    const systems = isGiven ? [] : await resolveSystems(request, (note) => this.note(note))
    this.template = await templateOf(request)
    this.weights = await this.hashWeights()
    const seed = systems.find(({ recipe }) => recipe)?.recipe?.seed ?? 0
    await this.checkRecipes(systems)
    const plan = await planProtocol(request, seed, { signal, onNote: (note) => this.note(note) })
    this.noteMissing(plan)
    await this.refuseLeaks(plan)
    await this.checkDescriptions(systems, plan)
    const rows = isGiven ? [await this.testGiven(plan)] : []
    for (const system of systems) rows.push(...(await this.runSystem(system, plan)))
    const result: ProtocolResult = {
      format: 'msta-native results',
      formatVersion: FORMAT_VERSION,
      protocol: request.protocol,
      ...headline(rows.at(-1)!),
      request,
      provenance: await this.provenance(),
      systems: rows,
      notes: this.notes,
    }
    if (out !== undefined) await writeResult(path.join(out, 'results.json'), result)
    return result
  }

  /** What does not fit a model is told before any training. */
  private async checkRecipes(systems: readonly System[]): Promise<void> {
    for (const { recipe, model } of systems)
      if (recipe) trainableCount(recipe.adapter, (await this.models[model]!.get(this.options.signal)).config)
  }

  /** Descriptions that do not fit are refused before any training, those that are cut are told of. */
  private async checkDescriptions(systems: readonly System[], { trainings }: Plan): Promise<void> {
    const { signal } = this.options
    const { descriptions } = this.request
    for (const { recipe, model: kind } of systems) {
      if (!recipe || recipe.lambda === 0 || !trainings[0]) continue
      const read = await descriptionsFor(recipe, trainings[0].data.labels, { descriptions, signal })
      const { spatial, temporal } = firstOfEach(read!, recipe.descriptionsPerClass)
      const texts = [...spatial, ...temporal].flat()
      const { contextLength } = (await this.models[kind]!.get(signal)).config.text
      const tooLong = await countTooLong(texts, contextLength)
      if (tooLong > 0)
        this.note(
          `${tooLong} of ${texts.length} descriptions are longer than ${contextLength} tokens; only their beginnings are read`,
        )
    }
  }

  /** The rows of a system: one for each number of shots. */
  private async runSystem(system: System, plan: Plan): Promise<SystemResult[]> {
    const { recipe } = system
    const lent = this.models[system.model]!
    if (!recipe) {
      const model = await lent.get(this.options.signal)
      const tests = await this.test(system.name, 'as-it-is', model, null, plan)
      return [this.row(system, model, null, [{ name: 'as-it-is', training: null, tests }])]
    }
    const rows: SystemResult[] = []
    for (const shots of new Set(plan.trainings.map((training) => training.shots))) {
      const runs: RunResult[] = []
      let model: ViCLIP | undefined
      for (const training of plan.trainings.filter((each) => each.shots === shots)) {
        const isTuned = recipe.adapter.method === 'full'
        model = await (isTuned ? lent.toTune(this.options.signal) : lent.get(this.options.signal))
        try {
          runs.push(await this.runTraining(system, recipe, model, training, plan))
        } finally {
          if (isTuned) model.dispose()
        }
      }
      rows.push(this.row(system, model!, shots, runs))
    }
    return rows
  }

  private async runTraining(
    { name }: System,
    recipe: NonNullable<System['recipe']>,
    model: ViCLIP,
    training: Training,
    plan: Plan,
  ): Promise<RunResult> {
    const { out, resume = false } = this.options
    const folder = out === undefined ? undefined : path.join(out, name.replaceAll('/', '-'), training.name)
    if (folder) await makeFolder(folder)
    const settings = this.settings(name, training.name, plan)
    return trainAndTest(model, recipe, training, folder ? { out: folder, resume } : undefined, settings)
  }

  /** The row of adapters that were trained before. */
  private async testGiven(plan: Plan): Promise<SystemResult> {
    const { adapter: instance } = this.options
    const runs: RunResult[] = []
    let row: SystemResult | undefined
    const files = instance === undefined ? this.request.adapters! : [undefined]
    for (const [i, file] of files.entries()) {
      const { model, adapter, dispose } = await this.givenAdapter(file)
      try {
        const method = adapter?.method ?? 'zero-shot'
        const name = files.length > 1 ? `adapter-${i + 1}` : method
        runs.push({ name, training: null, tests: await this.test(method, name, model, adapter, plan) })
        const system: System = { name: method, title: file ?? method, model: 'viclip', recipe: null }
        row = this.row(system, model, null, runs, adapter?.parameters.count)
      } finally {
        dispose()
      }
    }
    return row!
  }

  private async givenAdapter(file: string | undefined) {
    const { signal, adapter } = this.options
    const { viclip } = this.models
    if (file === undefined)
      return { model: await viclip.get(signal), adapter: adapter ?? null, dispose: () => {} }
    // Loading one that tunes the whole model overwrites it.
    const isTuned = (await methodOfFile(file)) === 'full'
    const model = await (isTuned ? viclip.toTune(signal) : viclip.get(signal))
    try {
      const loaded = await loadAdapter(model, file)
      return { model, adapter: loaded, dispose: () => (isTuned ? model : loaded).dispose() }
    } catch (error) {
      if (isTuned) model.dispose()
      throw error
    }
  }

  private test(system: string, run: string, model: ViCLIP, adapter: Adapter | null, plan: Plan) {
    return testAll(model, adapter, this.template, this.settings(system, run, plan))
  }

  private row(
    { name, title, recipe }: System,
    model: ViCLIP,
    shots: number | null,
    runs: RunResult[],
    trained = recipe ? trainableCount(recipe.adapter, model.config) : 0,
  ): SystemResult {
    const isTuned = (recipe?.adapter.method ?? name) === 'full'
    const total = parameterCount(model.config) + (isTuned ? 0 : trained)
    const figures = summarise(runs, this.request.ddof ?? 1)
    for (const { tests } of runs)
      for (const { result } of tests)
        for (const { message } of result.failures) this.note(`left out: ${message}`)
    const { dtype } = model
    return { system: name, title, recipe, shots, parameters: { trained, total }, dtype, ...figures, runs }
  }

  private settings(system: string, run: string, { tests }: Plan): RunSettings {
    const { signal, onProgress } = this.options
    const { cacheFrames } = this.request
    return {
      tests,
      views: this.views,
      badVideos: this.request.badVideos ?? 'skip',
      descriptions: this.request.descriptions,
      weights: this.weights,
      cacheFrames: cacheFrames && { ...cacheFrames, onWarning: (warning) => this.note(warning) },
      signal,
      onProgress: onProgress && ((progress) => onProgress({ system, run, ...progress })),
    }
  }

  private noteMissing({ trainings, tests }: Plan): void {
    for (const { data } of [...trainings, ...tests])
      for (const { path: file } of data.missing) this.note(`${file} does not exist and is left out`)
  }

  private async refuseLeaks(plan: Plan): Promise<void> {
    for (const { what, file } of await findLeaks(plan, this.options.signal)) {
      if (this.request.onOverlap !== 'warn')
        throw new MstaError(
          'ERR_LIST',
          `${what}. Figures would be too good: take other lists, or go on with onOverlap 'warn'.`,
          { file },
        )
      this.note(what)
    }
  }

  private note(text: string): void {
    if (this.notes.includes(text)) return
    this.notes.push(text)
    this.options.onNote?.(text)
  }

  private async hashWeights(): Promise<Provenance['weights']> {
    const { model, clip } = this.request
    const weights: Provenance['weights'] = []
    for (const { source } of clip ? [model, clip] : [model])
      weights.push({ source, sha256: await weightsHash(source, this.options.signal) })
    return weights
  }

  private async provenance(): Promise<Provenance> {
    const { signal } = this.options
    const model = await this.models.viclip.get(signal)
    const { version } = JSON.parse(await readFile(path.join(packageRoot, 'package.json'), 'utf8'))
    const { frames, resolution: size } = model.config.video
    const { views, weights } = this
    const resize = 'bilinear without antialias, short side to 256 (one crop) or the size (three crops)'
    return {
      version,
      weights,
      device: model.model.device.name,
      preprocessing: { frames, size, views, mean: [...MEAN], std: [...STD], resize },
      created: new Date().toISOString(),
      seconds: (performance.now() - this.started) / 1000,
    }
  }

  dispose(): void {
    this.models.viclip.dispose()
    this.models.clip?.dispose()
  }
}

function headline({ top1, top5, videos, failed, base, novel, hm }: SystemResult): Headline {
  return { top1: top1.mean, top5: top5.mean, videos, failed, ...(hm && { base: base!, novel: novel!, hm }) }
}

async function writeResult(file: string, result: ProtocolResult): Promise<void> {
  await makeFolder(path.dirname(file))
  await replaceFile(file, async (handle) => {
    await handle.writeFile(`${JSON.stringify(result, null, 2)}\n`)
  })
}
