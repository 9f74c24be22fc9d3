import { existsSync } from 'node:fs';
import path from 'node:path';
import { MstaError } from '../runtime/errors.js';
import { readTextFile } from './text-file.js';
const FORM = 'Expected "relative/path label" or "path,label" with a 0-based class id.';
/**
 * Reads a list of videos in the form of ViFi-CLIP: `relative/path label`, two fields separated by white space, or
 * `path,label`; LF or CRLF; blank lines are skipped. A path may hold spaces if the last field is a whole number and
 * the file exists under `root`.
 * @throws MstaError ERR_FILE; ERR_LIST naming `file:line`; the signal's reason on abort.
 */
export async function readList(file, options = {}) {
    const { text, sha256 } = await readTextFile(file, 'list file', options.signal);
    const entries = [];
    for (const [i, raw] of text.split(/\r\n|\n|\r/).entries()) {
        const line = raw.trim();
        if (line === '')
            continue;
        const place = `${file}:${i + 1}`;
        const parsed = parseLine(line, options.root);
        if (typeof parsed === 'string')
            throw listError(place, `${parsed} ${FORM}`);
        checkRange(place, parsed.label, options.classCount);
        entries.push({ ...parsed, line: i + 1 });
    }
    if (entries.length === 0)
        throw listError(file, `The list names no video. ${FORM}`);
    return { entries, file, sha256 };
}
/** The entry of a line, or what is wrong with it. */
function parseLine(line, root) {
    const fields = line.split(/\s+/);
    if (fields.length === 2 && isLabel(fields[1]) && !fields[0].endsWith(',')) {
        return { path: fields[0], label: Number(fields[1]) };
    }
    const byComma = /^(.+?)\s*,\s*(\d+)$/.exec(line);
    if (byComma)
        return { path: byComma[1].replace(/^"(.*)"$/, '$1'), label: Number(byComma[2]) };
    const bySpace = /^(.+?)\s+(\d+)$/.exec(line);
    if (bySpace) {
        if (existsSync(path.resolve(root ?? '.', bySpace[1])))
            return { path: bySpace[1], label: Number(bySpace[2]) };
        const isFrameList = fields.length === 3 && isLabel(fields[1]);
        if (isFrameList)
            return 'This looks like a list of frame folders (folder, frame count, label); videos are needed.';
        return `${fields.length} fields instead of 2, and no file ${JSON.stringify(bySpace[1])} exists${root ? ` under ${root}` : ''}.`;
    }
    if (fields.length === 1)
        return `There is no label after ${JSON.stringify(line)}.`;
    return `The label ${JSON.stringify(fields.at(-1))} is not a whole number from 0.`;
}
function checkRange(place, label, classCount) {
    if (classCount === undefined || label < classCount)
        return;
    const offByOne = label === classCount ? ' (does the list count from 1?)' : '';
    throw listError(place, `The label ${label} is not one of the ${classCount} classes, 0 to ${classCount - 1}${offByOne}. ` +
        'Use the label file that belongs to this list.');
}
function isLabel(field) {
    return /^\d+$/.test(field);
}
function listError(place, problem) {
    return new MstaError('ERR_LIST', `${place}: ${problem}`, { file: place });
}
//# sourceMappingURL=lists.js.map