const low32 = (x) => x & 0xffffffffn;
/** Philox4x32-10 (Salmon et al., SC 2011): key = seed, counter = (block, stream), low halves first. */
function philox(seed, stream, block) {
    let [k0, k1] = [low32(seed), seed >> 32n];
    let [c0, c1, c2, c3] = [low32(block), block >> 32n, low32(stream), stream >> 32n];
    for (let round = 0; round < 10; round++) {
        const [p0, p1] = [0xd2511f53n * c0, 0xcd9e8d57n * c2];
        [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, low32(p1), (p0 >> 32n) ^ c3 ^ k1, low32(p0)];
        [k0, k1] = [low32(k0 + 0x9e3779b9n), low32(k1 + 0xbb67ae85n)];
    }
    return [c0, c1, c2, c3].map(Number);
}
/** Four normal numbers a block: two Box-Muller pairs, of the high 24 bits of each word. */
function reference(_, { count, deviation, seed, stream }) {
    const out = new Float64Array(count);
    for (let i = 0; i < count; i += 4) {
        const random = philox(BigInt(seed), BigInt(stream), BigInt(i / 4));
        for (let j = 0; j < 4 && i + j < count; j++) {
            const pair = j - (j % 2);
            const radius = Math.sqrt(-2 * Math.log(((random[pair] >>> 8) + 0.5) / 2 ** 24));
            const angle = (2 * Math.PI * (random[pair + 1] >>> 8)) / 2 ** 24;
            out[i + j] = deviation * radius * (j % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
        }
    }
    return { out };
}
/** The published known answers of Philox4x32-10, to check the twin's generator: key, counter, words. */
export const philoxKnownAnswers = [
    { seed: 0n, stream: 0n, block: 0n, words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
    {
        seed: 0xffffffffffffffffn,
        stream: 0xffffffffffffffffn,
        block: 0xffffffffffffffffn,
        words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    },
    {
        seed: 0x299f31d0a4093822n,
        stream: 0x0370734413198a2en,
        block: 0x85a308d3243f6a88n,
        words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    },
];
export { philox };
function normalCase(count, seed, stream, deviation = 1, dtype = 'float32') {
    return {
        name: `${count}, seed ${seed}, stream ${stream}, deviation ${deviation}, ${dtype}`,
        numbers: { count, deviation, seed, stream },
        operands: [{ name: 'out', role: 'out', dtype, shape: [count] }],
        flops: 20 * count,
    };
}
const spec = {
    kernel: 'random_normal',
    cases: [
        ...[0, 1, 3, 4, 5, 17, 33, 1000].map((count) => normalCase(count, 2048, 1)),
        normalCase(20001, 1, 0, 0.02),
        normalCase(64, 2 ** 40 + 5, 2 ** 35 + 3),
        normalCase(65, 3, 4, 2, 'bfloat16'),
    ],
    bench: [normalCase(1_000_000, 1, 1)],
    // The angle is rounded to float32 before its cosine: 2 pi x 2^-24 off, next to a value of about 0.7.
    tolerance: { float32: 1e-6, bfloat16Roundings: 1.01 },
    reference,
};
/** random_normal. */
export const specs = [spec];
//# sourceMappingURL=random_normal.spec.js.map