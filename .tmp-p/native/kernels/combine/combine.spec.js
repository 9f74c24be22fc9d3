function combineCase(count, weights, dtypes, options = {}) {
    const { constant = 0, out = 'float32', over } = options;
    const numbers = { count, terms: weights.length, constant };
    weights.forEach((weight, i) => {
        numbers[`weight${i}`] = weight;
    });
    const x = weights.map((_, i) => {
        const dtype = dtypes[i % dtypes.length];
        return { name: `x${i}`, role: 'in', dtype, shape: [count], fill: { normal: 1 } };
    });
    const written = over === undefined ? {} : { over: `x${over}` };
    const words = [
        `${count}`,
        `constant ${constant}`,
        `weights ${weights.join(' ')}`,
        `${dtypes.join('/')} to ${out}`,
    ];
    return {
        name: `${words.join(', ')}${over === undefined ? '' : ` over x${over}`}`,
        numbers,
        operands: [{ name: 'out', role: 'out', dtype: out, shape: [count], ...written }, ...x],
        flops: 2 * count * weights.length,
    };
}
const spec = {
    kernel: 'combine',
    cases: [
        ...[1, 3, 17, 33, 65, 1000, 40001].map((count) => combineCase(count, [0.5, -1.5], ['float32'])),
        ...[1, 17, 65, 1000].map((count) => combineCase(count, [0.5, -1.5], ['bfloat16'], { out: 'bfloat16' })),
        combineCase(0, [1], ['float32']),
        combineCase(35, [], ['float32'], { constant: 2.5 }),
        combineCase(35, [], ['float32'], { constant: 0 }),
        combineCase(35, [1], ['bfloat16']),
        combineCase(35, [1], ['float32'], { out: 'bfloat16' }),
        combineCase(35, [1, 2, 3, 4, 5, 6, 7, 8], ['float32', 'bfloat16'], { constant: 1 }),
        combineCase(35, [1, 1], ['float32'], { over: 0 }),
        combineCase(70, [2, -0.25, 1], ['bfloat16', 'bfloat16', 'float32'], { over: 1, out: 'bfloat16' }),
    ],
    bench: [
        combineCase(1569 * 768, [1, 1], ['float32']),
        combineCase(1569 * 768, [1], ['float32'], { out: 'bfloat16' }),
    ],
    tolerance: { float32: 2e-6, bfloat16Roundings: 1.001 },
    reference(inputs, numbers) {
        const out = new Float64Array(numbers.count).fill(numbers.constant);
        for (let i = 0; i < numbers.terms; i++) {
            for (let at = 0; at < out.length; at++)
                out[at] += numbers[`weight${i}`] * inputs[`x${i}`][at];
        }
        return { out };
    },
};
/** combine. */
export const specs = [spec];
//# sourceMappingURL=combine.spec.js.map