import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDescriptions, readDescriptions } from '../../lib/text/descriptions.js';
import { hasCode, rejection } from '../support/errors.js';
const folder = mkdtempSync(path.join(tmpdir(), 'msta-descriptions-'));
const descriptions = suite('readDescriptions');
descriptions.after(() => rmSync(folder, { recursive: true }));
descriptions('reads ragged lists in the order of the class ids', async () => {
    const file = path.join(folder, 'ragged.json');
    writeFileSync(file, '\ufeff{"1": ["c"], "0": ["a", "b"], "2": ["d", "e"]}');
    assert.equal(await readDescriptions(file, { classes: 3 }), [['a', 'b'], ['c'], ['d', 'e']]);
    assert.equal(await readDescriptions(file), [['a', 'b'], ['c'], ['d', 'e']]);
});
descriptions('names the file and the key at fault', () => {
    const wrong = [
        ['{"0": ["a"], "1": []}', ['ERR_FORMAT', 'f.json', '"1"']],
        ['{"0": ["a"], "1": "b"}', ['ERR_FORMAT', 'f.json', '"1"']],
        ['{"0": ["a"], "1": [2]}', ['ERR_FORMAT', 'f.json', '"1"', '2']],
        ['{"0": ["a"], "1": [" "]}', ['ERR_FORMAT', 'f.json', '"1"']],
        ['{"0": ["a"], "01": ["b"]}', ['ERR_FORMAT', 'f.json', '"01"']],
        ['{"0": ["a"], "__proto__": ["b"]}', ['ERR_FORMAT', 'f.json', '"__proto__"']],
        ['{"0": ["a"], "1": ["b"], "1": ["c"]}', ['ERR_FORMAT', 'f.json', '"1"', 'twice']],
        ['{"0": ["a"]', ['ERR_FORMAT', 'f.json', 'JSON']],
        ['[["a"]]', ['ERR_FORMAT', 'f.json']],
        ['{}', ['ERR_FORMAT', 'f.json']],
        ['{"0": ["a"]}', ['ERR_LABELS', 'f.json', '"1"', '2']],
        ['{"0": ["a"], "1": ["b"], "2": ["c"]}', ['ERR_LABELS', 'f.json', '"2"', '2 classes']],
    ];
    for (const [text, expected] of wrong) {
        assert.throws(() => parseDescriptions(text, 'f.json', 2), hasCode(...expected), text);
    }
    assert.throws(() => parseDescriptions('{"0": ["a"], "2": ["b"]}', 'f.json'), hasCode('ERR_LABELS', '"2"'));
});
descriptions('tells a file that cannot be read, and stops on a signal', async () => {
    const file = path.join(folder, 'absent.json');
    hasCode('ERR_FILE', file)(await rejection(readDescriptions(file)));
    const reason = new Error('stop');
    assert.is(await rejection(readDescriptions(file, { signal: AbortSignal.abort(reason) })), reason);
});
descriptions.run();
//# sourceMappingURL=descriptions.test.js.map