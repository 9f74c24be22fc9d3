import { readFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FIXTURES, msta } from './helpers.js';
const tokenize = suite('msta tokenize');
const fixture = JSON.parse(readFileSync(path.join(FIXTURES, 'tokenizer.json'), 'utf8'));
const texts = fixture.map(({ text }) => text);
async function entriesOf(...args) {
    // The addon is not needed, and must not be asked for.
    const { status, stdout, stderr } = await msta(args, { env: { MSTA_NATIVE_BINARY: '/nonexistent' } });
    assert.is(stderr, '');
    assert.is(status, 0);
    return JSON.parse(stdout);
}
tokenize('gives the ids of the fixture in order', async () => {
    const entries = await entriesOf('tokenize', '--json', '--', ...texts);
    assert.equal(entries, fixture.map(({ text, ids }) => ({ text, ids })));
});
tokenize('--context cuts as ViCLIP does and does not pad', async () => {
    const entries = await entriesOf('tokenize', '--json', '--context', '32', '--', ...texts);
    for (const [i, { ids32 }] of fixture.entries()) {
        assert.equal(entries[i].ids, ids32.slice(0, ids32.lastIndexOf(49407) + 1), texts[i]);
    }
    const long = 'word '.repeat(50);
    const [whole] = await entriesOf('tokenize', '--json', long);
    const [cut] = await entriesOf('tokenize', '--json', '--context', '32', long);
    assert.equal(cut.ids, [...whole.ids.slice(0, 31), 49407]);
});
tokenize('texts that look like numbers or options are texts', async () => {
    const entries = await entriesOf('tokenize', '--json', '007', '1e5', '', '--', '--json', '-1', 'help');
    assert.equal(entries.map(({ text }) => text), ['007', '1e5', '', '--json', '-1', 'help']);
    assert.equal(entries[2].ids, [49406, 49407]);
});
tokenize('people get a line of ids a text', async () => {
    const { stdout } = await msta(['tokenize', 'a video of archery', 'a']);
    assert.is(stdout, '49406 320 1455 539 23935 49407\n49406 320 49407\n');
});
tokenize.run();
//# sourceMappingURL=tokenize.test.js.map