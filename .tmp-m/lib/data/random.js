const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;
/**
 * The counter-based generator Philox4x32-10 (Salmon et al. 2011): block number `counter` of the sequence `key`, from
 * nothing but these two. @param counter four 32-bit words. @param key two. @returns four 32-bit words.
 */
export function philox4x32(counter, key) {
    let [c0, c1, c2, c3] = counter;
    let [k0, k1] = key;
    for (let round = 0; round < ROUNDS; round++) {
        const high0 = multiplyHigh(MULTIPLIER_0, c0);
        const high1 = multiplyHigh(MULTIPLIER_1, c2);
        const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0;
        const low1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
        c0 = (high1 ^ c1 ^ k0) >>> 0;
        c2 = (high0 ^ c3 ^ k1) >>> 0;
        c1 = low1;
        c3 = low0;
        k0 = (k0 + WEYL_0) >>> 0;
        k1 = (k1 + WEYL_1) >>> 0;
    }
    return [c0, c1, c2, c3];
}
/**
 * A random stream: seed and stream number fix every number it gives, so that each clip of each epoch can have its
 * own, whatever runs beside it. The key is the seed, the upper counter half the stream, the lower half the position.
 */
export class Philox {
    seed;
    stream;
    key;
    streamWords;
    block = [0, 0, 0, 0];
    blockNumber = -1;
    position = 0;
    /** @param seed a whole number from 0 to 2^53-1. @param stream from 0 to 2^64-1. @throws RangeError otherwise. */
    constructor(seed, stream = 0) {
        this.seed = seed;
        this.stream = stream;
        const wide = BigInt(stream);
        if (!Number.isSafeInteger(seed) || seed < 0)
            throw new RangeError(`seed must be from 0 to 2^53-1, not ${seed}`);
        if (wide < 0n || wide >= 1n << 64n)
            throw new RangeError(`stream must be from 0 to 2^64-1, not ${stream}`);
        this.key = [seed >>> 0, Math.floor(seed / 2 ** 32)];
        this.streamWords = [Number(wide & 0xffffffffn), Number(wide >> 32n)];
    }
    /** The next 32 random bits, as a number from 0 to 2^32-1. */
    nextUint32() {
        const number = Math.floor(this.position / 4);
        if (number !== this.blockNumber) {
            const counter = [number >>> 0, Math.floor(number / 2 ** 32), ...this.streamWords];
            this.block = philox4x32(counter, this.key);
            this.blockNumber = number;
        }
        return this.block[this.position++ % 4];
    }
    /** The next number in [0, 1), with 53 random bits. */
    next() {
        const high = this.nextUint32() >>> 5;
        const low = this.nextUint32() >>> 6;
        return (high * 2 ** 26 + low) / 2 ** 53;
    }
    /** The next whole number in [0, below), all equally likely. @param below from 1 to 2^32. @throws RangeError. */
    int(below) {
        if (!Number.isInteger(below) || below < 1 || below > 2 ** 32) {
            throw new RangeError(`below must be a whole number from 1 to 2^32, not ${below}`);
        }
        // Drawing again past the last whole multiple keeps the small numbers from being likelier.
        const limit = 2 ** 32 - (2 ** 32 % below);
        let drawn = this.nextUint32();
        while (drawn >= limit)
            drawn = this.nextUint32();
        return drawn % below;
    }
    /** A random order of 0 .. length-1 (Fisher-Yates). */
    permutation(length) {
        const order = Array.from({ length }, (_, i) => i);
        for (let i = length - 1; i > 0; i--) {
            const j = this.int(i + 1);
            [order[i], order[j]] = [order[j], order[i]];
        }
        return order;
    }
    /** Where the stream stands; see {@link Philox.restore}. */
    state() {
        return { seed: this.seed, stream: String(this.stream), position: this.position };
    }
    /** A generator that continues exactly where the one stood that gave `state`. */
    static restore(state) {
        const generator = new Philox(state.seed, BigInt(state.stream));
        generator.position = state.position;
        return generator;
    }
}
/** The upper 32 bits of the product of two unsigned 32-bit numbers, through 16-bit halves. */
function multiplyHigh(a, b) {
    const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
    const middle = aHigh * bLow + Math.floor((aLow * bLow) / 65536);
    const carry = aLow * bHigh + (middle % 65536);
    return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536)) >>> 0;
}
//# sourceMappingURL=random.js.map