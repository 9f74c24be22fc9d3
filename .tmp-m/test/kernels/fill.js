import { roundTo } from './storage.js';
/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export function uniformNumbers(seed) {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let x = Math.imul(state ^ (state >>> 15), state | 1);
        x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
        return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
    };
}
function seedOf(text) {
    let hash = 0x811c9dc5;
    for (const character of text)
        hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193);
    return hash;
}
/** Number of elements of a shape. */
export const elementsOf = (shape) => shape.reduce((product, size) => product * size, 1);
function fillOperand(operand, seed, earlier, numbers) {
    const { fill } = operand;
    const count = elementsOf(operand.shape);
    if (!fill)
        return undefined;
    if ('derived' in fill)
        return fill.derived(earlier, numbers);
    const uniform = uniformNumbers(seedOf(seed));
    const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    return Float64Array.from({ length: count }, (_, i) => {
        if ('normal' in fill)
            return (fill.mean ?? 0) + fill.normal * normal();
        if ('uniform' in fill)
            return fill.uniform[0] + (fill.uniform[1] - fill.uniform[0]) * uniform();
        return 'below' in fill ? Math.floor(fill.below * uniform()) : fill.values[i];
    });
}
/**
 * Values of every operand that has any, absent ones too. `stored`: rounded to the storage types, as the kernel
 * sees them; otherwise exact, as a finite difference needs them.
 */
export function fillCase(spec, one, stored) {
    const values = {};
    for (const operand of one.operands) {
        const filled = fillOperand(operand, `${spec.kernel} ${one.name} ${operand.name}`, values, one.numbers);
        if (!filled)
            continue;
        values[operand.name] = stored ? filled.map((x) => roundTo(operand.dtype, x)) : filled;
    }
    return values;
}
/** Those the twin may see: without the operands that the kernel does not get. */
export function presentValues(one, values) {
    const absent = new Set(one.operands.filter((operand) => operand.absent).map((operand) => operand.name));
    return Object.fromEntries(Object.entries(values).filter(([name]) => !absent.has(name)));
}
//# sourceMappingURL=fill.js.map