import { stat } from 'node:fs/promises';
import path from 'node:path';
import { MstaError } from '../runtime/errors.js';
import { readLabels } from './labels.js';
import { readList } from './lists.js';
const STATS_AT_ONCE = 64;
const NAMED_IN_ERROR = 5;
/**
 * Puts a list, its labels and the folder of videos together, and looks whether the videos are there.
 * @throws MstaError ERR_FILE (list, labels or, by policy, videos missing), ERR_LIST, ERR_LABELS; the signal's reason.
 */
export async function loadDataset(options) {
    const root = path.resolve(options.root);
    const { signal } = options;
    const labels = typeof options.labels === 'string' ? await readLabels(options.labels, signal) : options.labels;
    const list = await readList(options.list, { root, classCount: labels.names.length, signal });
    const all = list.entries.map((entry) => ({ ...entry, file: path.resolve(root, entry.path) }));
    const exists = await whichExist(all, signal);
    const entries = all.filter((_, i) => exists[i]);
    const missing = all.filter((_, i) => !exists[i]);
    if (missing.length > 0 && (options.missing !== 'skip' || entries.length === 0)) {
        throw missingError(root, list.file, missing, all.length);
    }
    return { root, entries, labels, list: { file: list.file, sha256: list.sha256 }, missing };
}
async function whichExist(entries, signal) {
    const exists = [];
    for (let start = 0; start < entries.length; start += STATS_AT_ONCE) {
        signal?.throwIfAborted();
        const chunk = entries.slice(start, start + STATS_AT_ONCE).map(({ file }) => stat(file).then((info) => info.isFile(), () => false));
        exists.push(...(await Promise.all(chunk)));
    }
    return exists;
}
function missingError(root, list, missing, total) {
    const named = missing.slice(0, NAMED_IN_ERROR).map((entry) => `${entry.path} (line ${entry.line})`);
    const more = missing.length > NAMED_IN_ERROR ? `, and ${missing.length - NAMED_IN_ERROR} more` : '';
    const remedy = missing.length === total
        ? 'Check the data folder.'
        : "Complete the data set, or leave missing videos out with missing: 'skip'.";
    return new MstaError('ERR_FILE', `${missing.length} of the ${total} videos of ${list} do not exist under ${root}: ${named.join(', ')}${more}. ${remedy}`, { file: missing[0].file });
}
//# sourceMappingURL=dataset.js.map