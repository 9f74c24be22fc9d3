import { loadViClip, saveViClip } from '../models/viclip/checkpoint.js';
import { VICLIP_B16, VICLIP_L14, VICLIP_TINY } from '../models/viclip/config.js';
import { ViClipModel } from '../models/viclip/model.js';
import { Device } from '../runtime/device.js';
import { MstaError } from '../runtime/errors.js';
import { withJob } from '../runtime/job.js';
import { scope } from '../tensor/scope.js';
import { Tensor } from '../tensor/tensor.js';
import { DEFAULT_TEMPLATE, formatPrompts } from '../text/prompts.js';
import { ClipTokenizer } from '../text/tokenizer.js';
import { decodeMany } from '../video/decode-many.js';
import { testTransforms } from '../video/transforms.js';
import { viewsToTensor } from './clips.js';
import { meanRow, viewScores } from './scores.js';
import { parseViews, viewIndices } from './views.js';
const RANDOM_MODELS = {
    'random:tiny': VICLIP_TINY,
    'random:b16': VICLIP_B16,
    'random:l14': VICLIP_L14,
};
/**
 * ViCLIP, ready to use: a model with its tokenizer and video decoding. Every call runs off the JavaScript thread.
 *
 * ```ts
 * const model = await ViCLIP.load('random:tiny')
 * const { predictions } = await model.classify('clip.mp4', ['archery', 'surfing'])
 * model.dispose()
 * ```
 */
export class ViCLIP {
    model;
    tokenizer;
    source;
    constructor(model, tokenizer, 
    /** What it was loaded from. */
    source) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.source = source;
    }
    /**
     * @param source a safetensors file or a folder with `model.safetensors` under the public names, or
     *   `random:tiny|b16|l14` (seeded random weights, to try everything without a checkpoint)
     * @throws MstaError ERR_FILE, ERR_FORMAT, ERR_CHECKPOINT, ERR_DEVICE, ERR_OUT_OF_MEMORY; the signal's reason
     */
    static async load(source, options = {}) {
        options.signal?.throwIfAborted();
        const { device: name, dtype, seed = 0, ...rest } = options;
        const device = Device.get(name);
        const storage = dtype === undefined || dtype === 'auto' ? 'float32' : dtype;
        const tokenizer = ClipTokenizer.load();
        const config = RANDOM_MODELS[source];
        if (!config && source.startsWith('random:'))
            throw new MstaError('ERR_ARGUMENT', `There is no model "${source}"; known: ${Object.keys(RANDOM_MODELS).join(', ')}`);
        if (!config)
            return new ViCLIP(await loadViClip(device, source, { ...rest, dtype: storage }), tokenizer, source);
        const video = { ...config.video, frames: rest.frames ?? config.video.frames };
        if (rest.resolution !== undefined)
            video.resolution = rest.resolution;
        const model = await withJob(options.signal, async (job) => {
            const random = job.run(() => ViClipModel.random(device, { ...config, video }, seed, storage));
            try { await job.run(() => device.synchronize()); return random } catch (error) { random.dispose(); throw error }
        });
        return new ViCLIP(model, tokenizer, source);
    }
    get config() {
        return this.model.config;
    }
    /**
     * Features of preprocessed clips, before L2 normalisation.
     *
     * @param video values in row-major order, normalised; shape [batch, 3, frames, resolution, resolution]
     * @throws MstaError ERR_SHAPE; the signal's reason
     */
    encodeVideo(video, options = {}) {
        return this.encode('video', options, () => {
            const input = Tensor.from(this.model.device, video.data, video.shape);
            return this.model.encodeVideo(input, options.adapter);
        });
    }
    /** Features of decoded clips, one row a view, before L2 normalisation. */
    encodeClips(clips, options = {}) {
        return this.encode('video', options, () => this.model.encodeVideo(viewsToTensor(this.model.device, clips), options.adapter));
    }
    /** Features of texts as they are (no template), before L2 normalisation. @returns [texts, embedDim] */
    encodeText(texts, options = {}) {
        if (texts.length === 0)
            throw new MstaError('ERR_ARGUMENT', 'encodeText needs at least one text');
        const ids = this.tokenize(texts);
        return this.encode('text', options, () => this.model.encodeText(ids, options.adapter));
    }
    /** Token ids of texts, cut and padded to the model's context. */
    tokenize(texts) {
        const { contextLength } = this.config.text;
        return {
            data: this.tokenizer.encodeBatch(texts, contextLength).ids,
            shape: [texts.length, contextLength],
        };
    }
    /**
     * Recognises one video file.
     *
     * @throws MstaError ERR_VIDEO, ERR_FILE, ERR_TIMEOUT naming the file, ERR_FFMPEG, ERR_ARGUMENT; the signal's reason
     */
    async classify(video, labels, options = {}) {
        for await (const result of this.classifyMany([video], labels, options)) {
            if ('error' in result)
                throw result.error;
            return result;
        }
        throw new MstaError('ERR_ARGUMENT', 'there is no video');
    }
    /** Recognises videos in order, decoding ahead; a video that cannot be decoded gives an `error`, the others go on. */
    async *classifyMany(videos, labels, options = {}) {
        if (labels.length === 0)
            throw new MstaError('ERR_ARGUMENT', 'classify needs at least one label');
        const views = parseViews(options.views ?? '1x1');
        const { frames, resolution } = this.config.video;
        const prompts = formatPrompts(labels, options.template ?? DEFAULT_TEMPLATE);
        const classes = await this.encodeText(prompts, options);
        const jobs = videos.map((path) => ({ path, select: (n) => viewIndices(n, frames, views).flat() }));
        for await (const result of decodeMany(jobs, { signal: options.signal })) {
            const video = videos[result.index];
            if (!result.ok) {
                yield { video, error: result.error };
                continue;
            }
            const clips = splitClips(result.clip, frames, testTransforms(result.clip.width, result.clip.height, { size: resolution, crops: views.crops }));
            const scores = await this.scores(clips, classes, options);
            const best = [...scores.keys()]
                .sort((a, b) => scores[b] - scores[a] || a - b)
                .slice(0, options.topK ?? 5);
            yield { video, predictions: best.map((i) => ({ label: labels[i], score: scores[i] })) };
        }
    }
    /** Mean over views of softmax(cosine / temperature) against class features [classes, embedDim]. */
    async scores(clips, classes, options = {}) {
        // One clip at a time: all crops of it share its frames, and memory stays that of a few views.
        const rows = [];
        for (const clip of clips) {
            const features = await this.encodeClips([clip], options);
            rows.push(...viewScores(features, classes, this.model.temperature));
        }
        return meanRow(rows);
    }
    /** Writes the model as safetensors with the public names, atomically. */
    save(path) {
        return saveViClip(this.model, path);
    }
    /** Frees the model's memory. */
    dispose() {
        this.model.dispose();
    }
    [Symbol.dispose]() {
        this.dispose();
    }
    async [Symbol.asyncDispose]() {
        this.dispose();
        await this.model.device.synchronize();
    }
    encode(encoder, options, forward) {
        return withJob(options.signal, async (job) => {
            await this.model.prepare(encoder, job);
            const result = job.run(() => {
                const output = scope(forward).keep();
                try {
                    return { shape: output.shape, data: output.data() };
                }
                finally {
                    output.dispose();
                }
            });
            return { data: await result.data, shape: [result.shape[0], result.shape[1]] };
        });
    }
}
/** A decoded video as its clips, `frames` frames each. */
export function splitClips(decoded, frames, transforms) {
    const { width, height } = decoded;
    const bytes = frames * width * height * 3;
    return Array.from({ length: decoded.indices.length / frames }, (_, i) => ({
        frames: decoded.frames.subarray(i * bytes, (i + 1) * bytes),
        width,
        height,
        transforms,
    }));
}
//# sourceMappingURL=viclip.js.map