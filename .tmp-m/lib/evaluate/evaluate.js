import { loadDataset } from '../data/dataset.js';
import { Loader } from '../data/loader.js';
import { meanRow, viewScores } from '../recognition/scores.js';
import { parseViews } from '../recognition/views.js';
import { DEFAULT_TEMPLATE, formatPrompts } from '../text/prompts.js';
import { confusionMatrix, perClassAccuracy, predictions, topKAccuracy } from './metrics.js';
/**
 * Top-1 and top-5 accuracy on a list of videos: scores are the mean over views of softmax(cosine / temperature).
 *
 * @throws MstaError ERR_LIST, ERR_LABELS, ERR_FILE, ERR_FFMPEG; ERR_VIDEO when too many videos are bad; the signal's
 *   reason
 */
export async function evaluate(options) {
    const { model, adapter, signal, views = '1x1', template = DEFAULT_TEMPLATE } = options;
    const started = performance.now();
    const dataset = 'entries' in options.data ? options.data : await loadDataset({ ...options.data, signal });
    const { names } = dataset.labels;
    const { frames, resolution } = model.config.video;
    const loader = new Loader(dataset, {
        mode: 'test',
        batchSize: options.batchSize ?? 8,
        frames,
        size: resolution,
        views: parseViews(views),
        badVideos: options.badVideos ?? 'skip',
    });
    const classes = await model.encodeText(formatPrompts(names, template), { adapter, signal });
    const scored = [];
    const failures = [];
    for await (const batch of loader.batches(0, { signal })) {
        failures.push(...batch.failures);
        scored.push(...(await scoreBatch(model, classes, batch.clips, { adapter, signal })));
        options.onProgress?.({ done: scored.length + failures.length, total: dataset.entries.length });
    }
    const flat = Float64Array.from(scored.flatMap(({ scores }) => [...scores]));
    const labels = scored.map(({ label }) => label);
    const confusion = confusionMatrix(predictions(flat, names.length), labels, names.length);
    const accuracies = perClassAccuracy(confusion, names.length);
    return {
        top1: topKAccuracy(flat, labels, names.length, 1),
        top5: topKAccuracy(flat, labels, names.length, 5),
        videos: scored.length,
        failed: failures.length + dataset.missing.length,
        failures: failures.map(({ path, error }) => ({
            path,
            code: error.code ?? 'ERR_VIDEO',
            message: error.message,
        })),
        perClass: names.map((label, c) => {
            const videos = labels.filter((own) => own === c).length;
            return { label, accuracy: videos > 0 ? accuracies[c] : null, videos };
        }),
        confusion: [...confusion],
        views,
        template,
        list: dataset.list,
        seconds: (performance.now() - started) / 1000,
    };
}
async function scoreBatch(model, classes, clips, options) {
    const byVideo = new Map();
    for (const clip of clips) {
        const features = await model.encodeClips([clip], options);
        const video = byVideo.get(clip.entry) ?? { label: clip.label, rows: [] };
        video.rows.push(...viewScores(features, classes, model.model.temperature));
        byVideo.set(clip.entry, video);
    }
    return [...byVideo.values()].map(({ label, rows }) => ({ label, scores: meanRow(rows) }));
}
//# sourceMappingURL=evaluate.js.map