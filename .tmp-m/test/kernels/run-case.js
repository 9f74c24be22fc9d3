/** Runs one case on the device, between guard bytes. */
import * as assert from 'uvu/assert';
import { DTYPE_BYTES, DTYPE_CODES, } from '../../lib/runtime/binding.js';
import { elementsOf } from './fill.js';
import { decode, encode } from './storage.js';
/** Bytes before an operand: any element's alignment, no vector's. */
const GUARD_BEFORE = 60;
/** Bytes behind it: more than the widest vector. */
const GUARD_BEHIND = 132;
const GUARD = 0xa5;
/** A stream and a job on it, with what a test needs to use them. */
export class Bench {
    stream;
    job;
    #binding;
    constructor(binding) {
        this.#binding = binding;
        this.stream = binding.createStream('cpu');
        this.job = binding.createJob();
    }
    /** After a failure, a job skips everything: go on with a fresh one. */
    newJob() {
        this.job = this.#binding.createJob();
    }
    /** Memory holding `data` of a storage type, between guard bytes. */
    place(dtype, data) {
        const initial = new Uint8Array(GUARD_BEFORE + data.length + GUARD_BEHIND).fill(GUARD);
        initial.set(data, GUARD_BEFORE);
        const buffer = this.stream.allocate(initial.length);
        this.stream.upload(buffer, 0, initial, this.job, 0);
        return { buffer, dtype, elements: data.length / DTYPE_BYTES[dtype], initial };
    }
    /** Memory of not-a-numbers (of 0xff bytes where the type has none), so that an unwritten element shows. */
    placeEmpty(dtype, elements) {
        return this.place(dtype, new Uint8Array(elements * DTYPE_BYTES[dtype]).fill(0xff));
    }
    /** Enqueues a kernel. */
    run(kernel, numbers, operands) {
        const places = operands.flatMap((operand) => operand ? [DTYPE_CODES[operand.dtype], GUARD_BEFORE, operand.elements] : [0, 0, 0]);
        const buffers = operands.map((operand) => operand?.buffer ?? null);
        this.stream.run(kernel, this.job, 0, buffers, Float64Array.from([...places, ...numbers]));
    }
    /** The bytes an operand holds now; throws if the guards around them changed. */
    async read(placed, what) {
        const bytes = new Uint8Array(await this.stream.download(placed.buffer, 0, placed.initial.length, this.job));
        const end = bytes.length - GUARD_BEHIND;
        const intact = (part) => part.every((byte) => byte === GUARD);
        assert.ok(intact(bytes.subarray(0, GUARD_BEFORE)), `${what}: the kernel wrote in front of it`);
        assert.ok(intact(bytes.subarray(end)), `${what}: the kernel wrote behind it`);
        return bytes.subarray(GUARD_BEFORE, end);
    }
    /** The numbers an operand holds now. */
    async readValues(placed, what) {
        return decode(placed.dtype, await this.read(placed, what));
    }
    /** Frees the memory of operands. */
    free(placed) {
        for (const buffer of new Set(placed.map((each) => each?.buffer)))
            buffer?.free();
    }
}
function placeOperand(bench, operand, values, placed) {
    if (operand.absent)
        return null;
    if (operand.over)
        return placed.get(operand.over);
    const given = values[operand.name];
    if (operand.role === 'out' || !given)
        return bench.placeEmpty(operand.dtype, elementsOf(operand.shape));
    const source = bench.place(operand.dtype, encode(operand.dtype, given));
    if (!operand.via)
        return source;
    const { kernel, numbers, elements, dtype } = operand.via;
    const target = bench.placeEmpty(dtype, elements);
    bench.run(kernel, Object.values(numbers), [source, target]);
    bench.free([source]);
    return target;
}
/** Places a case's operands. */
export function prepare(bench, one, values) {
    const placed = new Map();
    const passed = one.operands.filter((operand) => operand.role !== 'aside');
    // An output may lie over an input that comes after it.
    for (const spec of [...passed].sort((a, b) => Number(Boolean(a.over)) - Number(Boolean(b.over)))) {
        const argument = placeOperand(bench, spec, values, placed);
        if (argument)
            placed.set(spec.name, argument);
    }
    return {
        operands: passed.map((spec) => ({ spec, argument: placed.get(spec.name) ?? null })),
        numbers: Object.values(one.numbers),
    };
}
/** Runs a case; returns the bytes of its outputs. Throws where the kernel wrote where it must not. */
export async function runCase(bench, spec, one, values) {
    const { operands, numbers } = prepare(bench, one, values);
    const placed = operands.map(({ argument }) => argument);
    const outputs = new Map();
    const overwritten = new Set(operands.map((each) => each.spec.over));
    try {
        bench.run(spec.kernel, numbers, placed);
        for (const { spec: operand, argument } of operands) {
            if (!argument)
                continue;
            const what = `${spec.kernel} [${one.name}] ${operand.name}`;
            const bytes = await bench.read(argument, what);
            if (operand.role !== 'in')
                outputs.set(operand, bytes);
            else if (!operand.via && !overwritten.has(operand.name)) {
                assert.ok(bytes.every((byte, i) => byte === argument.initial[GUARD_BEFORE + i]), `${what}: the kernel changed its input`);
            }
        }
    }
    finally {
        bench.free(placed);
    }
    return outputs;
}
//# sourceMappingURL=run-case.js.map