import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MSTA } from '../adapters/msta/msta.js';
import { loadDataset } from '../data/dataset.js';
import { Loader } from '../data/loader.js';
import { evaluate } from '../evaluate/evaluate.js';
import { MstaError } from '../runtime/errors.js';
import { withJob } from '../runtime/job.js';
import { formatPrompts } from '../text/prompts.js';
import { checkpointPath, restoreCheckpoint, saveCheckpoint } from './checkpoint.js';
import { consistencyTargets } from './descriptions.js';
import { MetricsLog } from './metrics-log.js';
import { AdamW } from './optimizer.js';
import { checkRecipe } from './recipes.js';
import { learningRate } from './schedule.js';
import { trainStep } from './step.js';
/**
 * Trains an MSTA adapter on a list of videos (SPEC sections 3 to 5). With `out`, an abort or a crash leaves a run
 * that `resume` continues with the same numbers as an uninterrupted one.
 *
 * @throws MstaError ERR_ARGUMENT, ERR_LIST, ERR_LABELS, ERR_FILE, ERR_VIDEO, ERR_CHECKPOINT; ERR_TRAIN for a loss that
 *   is not finite; the signal's reason
 */
export async function train(options) {
    const { model, signal } = options;
    const recipe = checkRecipe(options.recipe);
    const dataset = 'entries' in options.data ? options.data : await loadDataset({ ...options.data, signal });
    const adapter = options.adapter ?? MSTA.attach(model, { ...recipe.adapter, seed: recipe.seed });
    if (adapter.model !== model.model)
        throw new MstaError('ERR_ARGUMENT', 'train: the adapter belongs to another model');
    const run = new TrainingRun(options, recipe, dataset, adapter);
    try {
        return await run.run();
    }
    catch (error) {
        if (!options.adapter)
            adapter.dispose();
        throw error;
    }
    finally {
        run.dispose();
    }
}
class TrainingRun {
    options;
    recipe;
    dataset;
    adapter;
    loader;
    optimizer;
    log;
    failures = new Map();
    losses = [];
    position = { step: 0, best: null };
    validation = null;
    context;
    constructor(options, recipe, dataset, adapter) {
        this.options = options;
        this.recipe = recipe;
        this.dataset = dataset;
        this.adapter = adapter;
        const { frames, resolution } = options.model.config.video;
        this.loader = new Loader(dataset, {
            mode: 'train',
            batchSize: recipe.batchSize,
            frames,
            size: resolution,
            seed: recipe.seed,
            preset: recipe.augmentation,
            badVideos: options.badVideos ?? 'skip',
        });
        this.optimizer = new AdamW(adapter.parameters.entries(), { weightDecay: recipe.weightDecay });
        if (options.out !== undefined)
            this.log = new MetricsLog(path.join(options.out, 'metrics.jsonl'));
    }
    get totalSteps() {
        return this.recipe.epochs * this.loader.batchCount;
    }
    async run() {
        await this.prepare();
        try {
            const perEpoch = this.loader.batchCount;
            while (this.position.step < this.totalSteps) {
                const epoch = Math.floor(this.position.step / perEpoch);
                const startBatch = this.position.step % perEpoch;
                await this.runEpoch(epoch, startBatch);
                await this.save();
            }
        }
        catch (error) {
            // Whatever ended the run, the steps done so far are whole: keep them.
            await this.save().catch(() => { });
            throw error;
        }
        return {
            adapter: this.adapter,
            steps: this.position.step,
            losses: this.losses,
            failures: [...this.failures.values()],
            validation: this.validation,
            adapterFile: this.adapterFile,
        };
    }
    get adapterFile() {
        return this.options.out === undefined ? null : path.join(this.options.out, 'adapter.safetensors');
    }
    /** What a checkpoint must agree on to be continued. */
    identity() {
        return {
            recipe: this.recipe,
            'adapter settings': this.adapter.settings(),
            model: { source: this.options.model.source, config: this.adapter.model.config },
            'training list': this.dataset.list.sha256,
            labels: this.dataset.labels.names,
            descriptions: this.options.descriptions ?? null,
        };
    }
    async prepare() {
        const { model, descriptions, out, resume, signal } = this.options;
        if (this.recipe.lambda > 0 && !descriptions)
            throw new MstaError('ERR_ARGUMENT', `The recipe's consistency term (lambda ${this.recipe.lambda}) needs descriptions; give them, or set lambda=0`);
        const names = formatPrompts(this.dataset.labels.names, this.recipe.template);
        if (out !== undefined) {
            await mkdir(out, { recursive: true });
            if (resume)
                await this.restore(out);
            await this.log.rewind(this.position.step);
            const config = { ...this.identity(), 'training list': this.dataset.list, data: this.dataset.root };
            await writeFile(path.join(out, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
        }
        const consistency = this.recipe.lambda > 0
            ? await consistencyTargets(model, descriptions, this.recipe.lambda, signal)
            : undefined;
        await withJob(signal, async (job) => {
            for (const encoder of ['video', 'text'])
                await model.model.prepare(encoder, job);
        });
        this.context = {
            adapter: this.adapter,
            optimizer: this.optimizer,
            prompts: model.tokenize(names),
            consistency,
            seed: this.recipe.seed,
        };
    }
    async restore(out) {
        try {
            this.position = await restoreCheckpoint(checkpointPath(out), this.adapter, this.optimizer, this.identity());
        }
        catch (error) {
            // No checkpoint yet: the run was stopped before its first one, and begins anew.
            if (!(error instanceof MstaError) || error.code !== 'ERR_FILE')
                throw error;
        }
    }
    async runEpoch(epoch, startBatch) {
        const { signal } = this.options;
        let started = performance.now();
        for await (const batch of this.loader.batches(epoch, { startBatch, signal })) {
            signal?.throwIfAborted();
            for (const failure of batch.failures)
                this.failures.set(failure.path, failure);
            await this.step(batch, started);
            started = performance.now();
        }
        if (this.options.validation)
            await this.validate(epoch);
    }
    async step({ clips, epoch }, started) {
        const { step } = this.position;
        const rate = learningRate(step, {
            baseLr: this.recipe.learningRate,
            totalSteps: this.totalSteps,
            iterationsPerEpoch: this.loader.batchCount,
            warmupEpochs: this.recipe.warmupEpochs,
        });
        if (clips.length === 0) {
            this.position.step++;
            return;
        }
        const batch = { clips, labels: clips.map(({ label }) => label) };
        const loss = await trainStep(this.context, batch, {
            step,
            learningRate: rate,
            signal: this.options.signal,
        }).catch((error) => {
            if (!(error instanceof MstaError) || error.code !== 'ERR_TRAIN')
                throw error;
            const paths = clips.map((clip) => clip.path).join(', ');
            throw new MstaError('ERR_TRAIN', `${error.message}: ${paths}`, { cause: error });
        });
        this.position.step++;
        this.losses.push(loss.loss);
        const seconds = (performance.now() - started) / 1000;
        await this.report({
            ...loss,
            step: this.position.step,
            totalSteps: this.totalSteps,
            epoch,
            learningRate: rate,
            seconds,
        });
    }
    async validate(epoch) {
        const { model, validation, signal } = this.options;
        const result = await evaluate({
            model,
            adapter: this.adapter,
            data: validation,
            template: this.recipe.template,
            signal,
        });
        this.validation = result;
        this.position.best = Math.max(this.position.best ?? 0, result.top1);
        const { step } = this.position;
        const { top1, top5, videos, failed } = result;
        await this.log?.append({ step, epoch, validation: { top1, top5, videos, failed } });
    }
    async report(progress) {
        await this.log?.append({ ...progress });
        this.options.onProgress?.(progress);
    }
    async save() {
        const { out } = this.options;
        if (out === undefined)
            return;
        await saveCheckpoint(checkpointPath(out), this.adapter, this.optimizer, this.position, this.identity());
        await this.adapter.save(this.adapterFile);
    }
    dispose() {
        this.optimizer.dispose();
        this.context?.consistency?.spatial.dispose();
        this.context?.consistency?.temporal.dispose();
    }
}
//# sourceMappingURL=train.js.map