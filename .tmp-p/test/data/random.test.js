import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Philox, philox4x32 } from '../../lib/data/random.js';
import { itemStream } from '../../lib/data/streams.js';
const test = suite('data/random');
const hex = (words) => words.map((word) => word.toString(16).padStart(8, '0')).join(' ');
test('the known answers of Random123', () => {
    const ones = 0xffffffff;
    const cases = [
        [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
        [[ones, ones, ones, ones], [ones, ones], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
        [
            [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
            [0xa4093822, 0x299f31d0],
            'd16cfe09 94fdcceb 5001e420 24126ea1',
        ],
    ];
    for (const [counter, key, expected] of cases)
        assert.is(hex(philox4x32(counter, key)), expected);
});
test('the class walks through the blocks of its key and stream', () => {
    const seed = 0x1_2345_6789;
    const generator = new Philox(seed, 0x500000007n);
    const words = Array.from({ length: 8 }, () => generator.nextUint32());
    assert.equal(words, [
        ...philox4x32([0, 0, 7, 5], [0x23456789, 1]),
        ...philox4x32([1, 0, 7, 5], [0x23456789, 1]),
    ]);
});
test('a restored generator continues where it was, through JSON', () => {
    const generator = new Philox(2048, 12345678901234567890n);
    for (let i = 0; i < 7; i++)
        generator.next();
    const state = JSON.parse(JSON.stringify(generator.state()));
    const expected = Array.from({ length: 20 }, () => generator.nextUint32());
    const restored = Philox.restore(state);
    assert.equal(Array.from({ length: 20 }, () => restored.nextUint32()), expected);
});
test('next is uniform in [0, 1), int in its range', () => {
    const generator = new Philox(1);
    const values = Array.from({ length: 20_000 }, () => generator.next());
    assert.ok(values.every((value) => value >= 0 && value < 1));
    assert.ok(Math.abs(values.reduce((a, b) => a + b) / values.length - 0.5) < 0.01);
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 14_000; i++)
        counts[generator.int(7)]++;
    assert.ok(counts.every((count) => Math.abs(count - 2000) < 200), counts.join());
    assert.throws(() => generator.int(0));
    assert.throws(() => new Philox(-1));
});
test('a permutation holds every number once', () => {
    const order = new Philox(9).permutation(100);
    assert.equal([...order].sort((a, b) => a - b), Array.from({ length: 100 }, (_, i) => i));
    assert.is.not(order.join(), new Philox(10).permutation(100).join());
});
test('streams of different purposes, epochs, items and seeds differ', () => {
    const first = [
        itemStream(1, 'sampling', 0, 0),
        itemStream(2, 'sampling', 0, 0),
        itemStream(1, 'transform', 0, 0),
        itemStream(1, 'sampling', 1, 0),
        itemStream(1, 'sampling', 0, 1),
    ].map((stream) => stream.nextUint32());
    assert.is(new Set(first).size, first.length);
});
test.run();
//# sourceMappingURL=random.test.js.map