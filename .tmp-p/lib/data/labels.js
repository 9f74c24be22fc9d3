import { stat } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { MstaError } from '../runtime/errors.js';
import { readTextFile } from './text-file.js';
const FORM = 'Expected a CSV file with the header id,name and one line per class, ids from 0 without gaps.';
/**
 * Reads a label file: CSV with the header `id,name`, ids 0-based, LF or CRLF, names may be quoted.
 * @throws MstaError ERR_FILE, ERR_LABELS naming file and line; the signal's reason on abort.
 */
export async function readLabels(file, signal) {
    const { text, sha256 } = await readTextFile(file, 'label file', signal);
    const fail = (line, problem) => labelError(`${file}:${line}`, `${problem} ${FORM}`);
    const [header, ...rows] = parseCsv(text, file);
    if (header?.record.map((field) => field.trim().toLowerCase()).join() !== 'id,name') {
        throw fail(header?.line ?? 1, `The header is ${JSON.stringify(header?.record.join(',') ?? '')}.`);
    }
    if (rows.length === 0)
        throw fail(1, 'It lists no class.');
    const names = new Array(rows.length);
    for (const { record, line } of rows) {
        const [id, name] = record.map((field) => field.trim());
        if (record.length !== 2)
            throw fail(line, `${record.length} fields instead of 2 (quote names that hold a comma).`);
        if (!/^\d+$/.test(id) || Number(id) >= rows.length) {
            throw fail(line, `The id ${JSON.stringify(id)} is not one of 0 to ${rows.length - 1}.`);
        }
        if (!name)
            throw fail(line, `Class ${id} has no name.`);
        if (names[Number(id)] !== undefined)
            throw fail(line, `The id ${id} comes twice.`);
        names[Number(id)] = name;
    }
    return { names, file, sha256 };
}
/**
 * Class names from a list in words, `a,b,c`; spaces around a name are dropped, a name with a comma is quoted.
 * @throws MstaError ERR_LABELS (empty list, empty or repeated name).
 */
export function parseLabelWords(words) {
    const rows = parseCsv(words, 'labels');
    const names = rows.flatMap(({ record }) => record.map((name) => name.trim()));
    const remedy = 'Give names separated by commas, such as "archery,surfing", or the path of a CSV file.';
    const repeated = names.find((name, i) => names.indexOf(name) !== i);
    if (names.length === 0)
        throw labelError('labels', `The list of class names is empty. ${remedy}`);
    if (names.includes(''))
        throw labelError('labels', `${JSON.stringify(words)} has an empty name. ${remedy}`);
    if (repeated !== undefined)
        throw labelError('labels', `The name ${JSON.stringify(repeated)} comes twice. ${remedy}`);
    return { names, file: null, sha256: null };
}
/**
 * Classes as a command line gives them: the path of an existing file (or anything ending in .csv), else names
 * separated by commas. @throws as {@link readLabels} and {@link parseLabelWords}.
 */
export async function resolveLabels(fileOrWords, signal) {
    const isFile = await stat(fileOrWords).then((info) => info.isFile(), () => false);
    if (isFile || /\.csv$/i.test(fileOrWords))
        return readLabels(fileOrWords, signal);
    return parseLabelWords(fileOrWords);
}
function parseCsv(text, file) {
    try {
        const options = { info: true, bom: true, relax_column_count: true, skip_empty_lines: true, trim: true };
        const rows = parse(text, options);
        return rows.map(({ record, info }) => ({ record, line: info.lines }));
    }
    catch (error) {
        const line = error.lines ?? 1;
        throw labelError(`${file}:${line}`, `${error.message} ${FORM}`, error);
    }
}
function labelError(place, problem, cause) {
    return new MstaError('ERR_LABELS', `${place}: ${problem}`, { file: place, cause });
}
//# sourceMappingURL=labels.js.map