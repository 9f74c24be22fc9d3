import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mergeWord } from '../../lib/text/bpe.js';
import { ClipTokenizer } from '../../lib/text/tokenizer.js';
import { loadVocabulary, pairKey } from '../../lib/text/vocabulary.js';
import { hasCode } from '../support/errors.js';
import { seededRandom } from '../support/random.js';
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const fixtures = path.resolve('test/fixtures');
const shared = path.resolve('../shared/fixtures/tokenizer.json');
const tokenizer = suite('ClipTokenizer');
tokenizer('gives the ids of the fixtures, padded and not', () => {
    const cases = read(path.join(fixtures, 'tokenizer.json'));
    if (existsSync(shared))
        cases.push(...read(shared));
    assert.ok(cases.length >= 10);
    const clip = ClipTokenizer.load();
    for (const { text, ids, ids32 } of cases) {
        assert.equal(clip.encode(text), ids, text);
        assert.equal([...clip.encodeBatch([text]).ids], ids32, text);
    }
});
// Made with OpenAI's code (ftfy 6.3.1, regex 2026.9.29) in Python.
tokenizer("gives the ids of OpenAI's tokenizer for awkward texts", () => {
    const clip = ClipTokenizer.load();
    for (const { text, ids } of read(path.join(fixtures, 'tokenizer-openai.json'))) {
        assert.equal(clip.encode(text), ids, JSON.stringify(text));
    }
});
tokenizer('pads, cuts and measures a batch', () => {
    const clip = ClipTokenizer.load();
    const { ids, lengths, truncated } = clip.encodeBatch(['archery', 'one two three four five six', ''], 6);
    assert.equal(lengths, [3, 6, 2]);
    assert.equal(truncated, [false, true, false]);
    assert.equal([...ids.subarray(0, 6)], [49406, 23935, 49407, 0, 0, 0]);
    assert.equal([...ids.subarray(6, 11)], clip.encode('one two three four five six').slice(0, 5));
    assert.is(ids[11], clip.eot);
    const exact = clip.encodeBatch(['one two three four'], 6);
    assert.equal(exact.truncated, [false]);
    assert.equal([...exact.ids], clip.encode('one two three four'));
    const injected = clip.encodeBatch(['a <|endoftext|> b'], 8);
    assert.equal(injected.lengths, [3], 'the first EOT is the row that is read');
});
tokenizer('decodes what it encoded', () => {
    const clip = ClipTokenizer.load();
    const plain = clip.encode('naïve café 日本語 😀').slice(1, -1);
    assert.is(clip.decode(plain), 'naïve café 日本語 😀 ');
    assert.is(clip.decode([49406, 320, 49407]), '<|startoftext|>a <|endoftext|>');
    assert.is(clip.decode(Int32Array.of(252)), '\ufffd', 'half a character');
});
tokenizer('refuses wrong arguments with a reason', () => {
    const clip = ClipTokenizer.load();
    for (const id of [-1, 49408, 1.5, Number.NaN])
        assert.throws(() => clip.decode([id]), hasCode('ERR_ARGUMENT', `${id}`));
    assert.throws(() => clip.encodeBatch(['a'], 1), hasCode('ERR_ARGUMENT', 'contextLength'));
    assert.throws(() => clip.encode(7), hasCode('ERR_ARGUMENT', 'number'));
});
tokenizer('is loaded once, with the sizes of CLIP', () => {
    const clip = ClipTokenizer.load();
    assert.is(ClipTokenizer.load(), clip);
    assert.equal([clip.sot, clip.eot, clip.vocabularySize], [49406, 49407, 49408]);
});
/** OpenAI's loop, word for word: merge every occurrence of the strongest pair, again and again. */
function naiveMerge({ byteIds, merged }, word) {
    let ids = Array.from(word, (byte, i) => byteIds[byte] + (i === word.length - 1 ? 256 : 0));
    for (;;) {
        const candidates = ids
            .slice(1)
            .map((id, i) => merged.get(pairKey(ids[i], id)) ?? Number.POSITIVE_INFINITY);
        const best = Math.min(...candidates);
        if (!Number.isFinite(best))
            return ids;
        const next = [];
        for (let i = 0; i < ids.length; i++) {
            const joins = i + 1 < ids.length && merged.get(pairKey(ids[i], ids[i + 1])) === best;
            next.push(joins ? best : ids[i]);
            if (joins)
                i++;
        }
        ids = next;
    }
}
tokenizer('merges as the textbook loop does', () => {
    const vocabulary = loadVocabulary();
    const random = seededRandom(7);
    for (let n = 0; n < 3000; n++) {
        const letters = n % 3 === 0 ? 'ab' : 'etaoinshrdlu';
        const length = 1 + Math.floor(random() * 40);
        const word = Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('');
        const bytes = n % 7 === 0 ? Uint8Array.from(word, () => Math.floor(random() * 256)) : Buffer.from(word);
        assert.equal(mergeWord(vocabulary, bytes), naiveMerge(vocabulary, bytes), word);
    }
});
tokenizer('takes about linear time on hostile texts', () => {
    const clip = ClipTokenizer.load();
    const size = 1 << 20;
    const hostile = [
        'a',
        'ab',
        '&amp;',
        'amp;',
        '&',
        '&#',
        '\x1b[',
        ' ',
        '\u3000',
        '\u001c',
        'é',
        "'s",
        '<',
        '\ud800',
    ];
    for (const piece of hostile) {
        const text = `&${piece.repeat(size / piece.length)}`;
        const started = performance.now();
        clip.encode(text);
        const seconds = (performance.now() - started) / 1000;
        assert.ok(seconds < 15, `${JSON.stringify(piece)} took ${seconds} s`);
    }
});
tokenizer('keeps memory bounded over many different words', () => {
    const clip = ClipTokenizer.load();
    const random = seededRandom(3);
    const words = () => Array.from({ length: 20000 }, () => random().toString(36).slice(2)).join(' ');
    for (let n = 0; n < 3; n++)
        clip.encode(words());
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < 12; n++)
        clip.encode(words());
    const grown = (process.memoryUsage().heapUsed - before) / 2 ** 20;
    assert.ok(grown < 150, `the heap grew by ${grown} MB`);
});
tokenizer.run();
//# sourceMappingURL=tokenizer.test.js.map