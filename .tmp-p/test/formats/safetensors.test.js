import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fromFloat16, readAll, readHeader, readIntTensor, readTensor, toBfloat16, toFloat16, writeSafetensors, } from '../../lib/formats/safetensors.js';
import { hasCode, rejection } from '../support/errors.js';
const folder = mkdtempSync(path.join(tmpdir(), 'msta-safetensors-'));
const inFolder = (name) => path.join(folder, name);
const safetensors = suite('safetensors');
safetensors.after(() => rmSync(folder, { recursive: true }));
const SAMPLE = {
    b: { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -2.5, 3e-9, Number.POSITIVE_INFINITY, 0, 6) },
    a: { dtype: 'U8', shape: [3], data: Uint8Array.of(0, 128, 255) },
    wide: { dtype: 'F64', shape: [1], data: Float64Array.of(0.1) },
    half: { dtype: 'F16', shape: [3], data: Float32Array.of(1, 65504, 2 ** -24) },
    brain: { dtype: 'BF16', shape: [2], data: Float32Array.of(1.0078125, -3) },
    long: { dtype: 'I64', shape: [2], data: BigInt64Array.of(-5n, 2147483647n) },
    int: { dtype: 'I32', shape: [], data: Int32Array.of(-7) },
    none: { dtype: 'F32', shape: [0, 4], data: new Float32Array() },
};
safetensors('reads back what it wrote', async () => {
    const file = inFolder('sample.safetensors');
    await writeSafetensors(file, SAMPLE, { format: 'pt', note: 'ü "quoted"' });
    const header = await readHeader(file);
    assert.equal({ ...header.metadata }, { format: 'pt', note: 'ü "quoted"' });
    assert.equal([...header.tensors.keys()], ['a', 'b', 'brain', 'half', 'int', 'long', 'none', 'wide']);
    assert.equal(await readTensor(header, 'b'), SAMPLE.b.data);
    assert.equal(await readTensor(header, 'wide'), Float32Array.of(0.1));
    assert.equal(await readTensor(header, 'half'), Float32Array.of(1, 65504, 2 ** -24));
    assert.equal(await readTensor(header, 'brain'), Float32Array.of(1.0078125, -3));
    assert.equal(await readTensor(header, 'none'), new Float32Array());
    assert.equal(await readIntTensor(header, 'long'), Int32Array.of(-5, 2147483647));
    assert.equal(await readIntTensor(header, 'int'), Int32Array.of(-7));
    assert.equal(await readIntTensor(header, 'a'), Int32Array.of(0, 128, 255));
    const { tensors } = await readAll(file, { select: (name) => name.length === 1 });
    assert.equal(tensors.get('a'), { dtype: 'U8', shape: [3], data: Uint8Array.of(0, 128, 255) });
    assert.equal(tensors.get('b')?.shape, [2, 3]);
    assert.is(tensors.size, 2);
});
safetensors('aligns every tensor and leaves no temporary file', async () => {
    const file = inFolder('aligned.safetensors');
    await writeSafetensors(file, new Map(Object.entries(SAMPLE)));
    await writeSafetensors(file, new Map(Object.entries(SAMPLE)));
    const { tensors } = await readHeader(file);
    const offsets = [...tensors.values()].map(({ offset }) => offset);
    assert.is(Math.min(...offsets) % 8, 0);
    for (const [name, { offset, bytes, shape }] of tensors) {
        const count = shape.reduce((product, size) => product * size, 1);
        if (count > 0)
            assert.is(offset % (bytes / count), 0, name);
    }
    assert.equal(readdirSync(folder).filter((name) => name.endsWith('.tmp')), []);
});
safetensors('asks for lazy data in its turn', async () => {
    const file = inFolder('lazy.safetensors');
    const lazy = (value) => ({
        dtype: 'F32',
        shape: [1],
        data: async () => Float32Array.of(value),
    });
    await writeSafetensors(file, { x: lazy(1), y: lazy(2) });
    assert.equal(await readTensor(await readHeader(file), 'y'), Float32Array.of(2));
});
safetensors('keeps the old file when writing fails', async () => {
    const file = inFolder('kept.safetensors');
    await writeSafetensors(file, { x: { dtype: 'F32', shape: [1], data: Float32Array.of(1) } });
    const before = readFileSync(file);
    const failing = {
        dtype: 'F32',
        shape: [1],
        data: () => {
            throw new Error('no data');
        },
    };
    hasCode('ERR_FILE', file, 'no data')(await rejection(writeSafetensors(file, { x: failing })));
    const reason = new Error('stop');
    const aborted = writeSafetensors(file, SAMPLE, {}, { signal: AbortSignal.abort(reason) });
    assert.is(await rejection(aborted), reason);
    assert.equal(readFileSync(file), before);
    assert.equal(readdirSync(folder).filter((name) => name.endsWith('.tmp')), []);
});
safetensors('refuses to write what disagrees', async () => {
    const data = Float32Array.of(1, 2);
    const wrong = [
        ['2 values', { x: { dtype: 'F32', shape: [2], data: Float32Array.of(1) } }],
        ['Int32Array', { x: { dtype: 'I32', shape: [2], data } }],
        ['"x"', { x: { dtype: 'F32', shape: [-2], data } }],
        ['F33', { x: { dtype: 'F33', shape: [2], data } }],
        ['__metadata__', { __metadata__: { dtype: 'F32', shape: [2], data } }],
        ['__proto__', { 'a.__proto__': { dtype: 'F32', shape: [2], data } }],
    ];
    for (const [part, tensors] of wrong) {
        const writing = writeSafetensors(inFolder('no.safetensors'), tensors);
        hasCode('ERR_ARGUMENT', part)(await rejection(writing));
    }
    const absent = inFolder('absent/x.safetensors');
    hasCode('ERR_FILE', absent)(await rejection(writeSafetensors(absent, SAMPLE)));
});
safetensors('tells files and tensors that cannot be read', async () => {
    hasCode('ERR_FILE', 'absent')(await rejection(readHeader(inFolder('absent'))));
    hasCode('ERR_FILE', 'regular file')(await rejection(readHeader(folder)));
    hasCode('ERR_FILE', 'regular file')(await rejection(readHeader('/dev/zero')));
    const file = inFolder('types.safetensors');
    const big = BigInt64Array.of(0n, 2147483648n);
    await writeSafetensors(file, { ...SAMPLE, big: { dtype: 'I64', shape: [2], data: big } });
    const header = await readHeader(file);
    hasCode('ERR_FORMAT', '"nothing"', file)(await rejection(readTensor(header, 'nothing')));
    hasCode('ERR_FORMAT', '"int"', 'I32')(await rejection(readTensor(header, 'int')));
    hasCode('ERR_FORMAT', '"b"', 'F32')(await rejection(readIntTensor(header, 'b')));
    hasCode('ERR_FORMAT', '"big"', '2147483648', 'index 1')(await rejection(readIntTensor(header, 'big')));
    writeFileSync(file, readFileSync(file).subarray(0, -20));
    hasCode('ERR_FILE', 'changed', file)(await rejection(readTensor(header, 'a')));
});
safetensors('rounds sixteen-bit floats to nearest, ties to even', () => {
    assert.equal(toBfloat16(Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20)), Uint16Array.of(0x3f80, 0x3f82, 0x3f81));
    assert.equal(toBfloat16(Float32Array.of(-0, Number.POSITIVE_INFINITY, 3.4e38)), Uint16Array.of(0x8000, 0x7f80, 0x7f80));
    assert.ok((toBfloat16(Float32Array.of(Number.NaN))[0] & 0x7fff) > 0x7f80);
    assert.equal(toFloat16(Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 65520, 2 ** -25, 3 * 2 ** -25, -0)), Uint16Array.of(0x3c00, 0x3c02, 0x7bff, 0x7c00, 0, 2, 0x8000));
    const every = Uint16Array.from({ length: 65536 }, (_, bits) => bits).filter((bits) => (bits & 0x7fff) <= 0x7c00);
    assert.equal(toFloat16(fromFloat16(every)), every);
    assert.ok(Number.isNaN(fromFloat16(Uint16Array.of(0x7c01))[0]));
});
safetensors.run();
//# sourceMappingURL=safetensors.test.js.map