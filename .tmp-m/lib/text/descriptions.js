import { readFile } from 'node:fs/promises';
import { findDuplicateKey, isJsonObject } from '../formats/json.js';
import { MstaError } from '../runtime/errors.js';
const SHAPE = 'Expected {"0": ["a sentence", ...], "1": [...], ...}, one list of sentences for every class id.';
/**
 * Descriptions in ETL4Video's format, `{"<class id>": [sentences]}`: the sentences of class c at index c.
 * Lists may differ in length but not be empty. Throws ERR_FILE when `file` cannot be read, ERR_FORMAT (with the key
 * at fault) when it is not of that form, ERR_LABELS when its classes are not those of the labels.
 */
export async function readDescriptions(file, options = {}) {
    let text;
    try {
        text = await readFile(file, { encoding: 'utf8', ...(options.signal && { signal: options.signal }) });
    }
    catch (cause) {
        options.signal?.throwIfAborted();
        throw new MstaError('ERR_FILE', `${file}: cannot read the descriptions (${cause.message}).`, {
            file,
            cause,
        });
    }
    return parseDescriptions(text, file, options.classes);
}
/** {@link readDescriptions} of a text already read; `file` names it in errors. */
export function parseDescriptions(text, file, classes) {
    const value = parseObject(text.replace(/^\ufeff/, ''), file);
    const keys = Object.keys(value);
    const count = classes ?? keys.length;
    for (const key of keys)
        checkKey(key, count, file, classes !== undefined);
    return Array.from({ length: count }, (_, id) => {
        const key = String(id);
        if (!Object.hasOwn(value, key)) {
            const wanted = classes === undefined ? `0 to ${count - 1}` : `all ${count} classes of the labels`;
            throw new MstaError('ERR_LABELS', `${file}: class "${key}" has no descriptions; expected ${wanted}.`, {
                file,
            });
        }
        return checkSentences(value[key], key, file);
    });
}
function parseObject(text, file) {
    let value;
    try {
        value = JSON.parse(text);
    }
    catch (cause) {
        throw new MstaError('ERR_FORMAT', `${file}: not valid JSON (${cause.message}). ${SHAPE}`, {
            file,
            cause,
        });
    }
    if (!isJsonObject(value) || Object.keys(value).length === 0) {
        throw new MstaError('ERR_FORMAT', `${file}: holds no descriptions. ${SHAPE}`, { file });
    }
    const duplicate = findDuplicateKey(text);
    if (duplicate !== undefined) {
        throw new MstaError('ERR_FORMAT', `${file}: key "${duplicate}" occurs twice. Keep one.`, { file });
    }
    return value;
}
function checkKey(key, count, file, fromLabels) {
    if (!/^(0|[1-9]\d{0,8})$/.test(key)) {
        throw new MstaError('ERR_FORMAT', `${file}: key "${key}" is not a class id. ${SHAPE}`, { file });
    }
    if (Number(key) < count)
        return;
    const reason = fromLabels
        ? `the labels have ${count} classes. Use the descriptions made for these labels.`
        : `the file has ${count} classes, so ids end at ${count - 1}.`;
    throw new MstaError('ERR_LABELS', `${file}: key "${key}" is beyond the last class: ${reason}`, { file });
}
function checkSentences(value, key, file) {
    if (!Array.isArray(value) || value.length === 0) {
        throw new MstaError('ERR_FORMAT', `${file}: key "${key}" is not a list of at least one sentence. ${SHAPE}`, { file });
    }
    for (const sentence of value) {
        if (typeof sentence !== 'string' || sentence.trim() === '') {
            const shown = JSON.stringify(sentence);
            throw new MstaError('ERR_FORMAT', `${file}: key "${key}" holds ${shown} where a sentence should be.`, {
                file,
            });
        }
    }
    return value;
}
//# sourceMappingURL=descriptions.js.map