function forwardCase(count) {
    return {
        name: `${count}`,
        numbers: { count },
        operands: [
            { name: 'x', role: 'in', dtype: 'float32', shape: [count], fill: { normal: 1, mean: 1 } },
            { name: 'out', role: 'out', dtype: 'float32', shape: [1] },
        ],
        flops: count,
    };
}
function backwardCase(count) {
    return {
        name: `${count}`,
        numbers: { count },
        operands: [
            { name: 'x', role: 'aside', dtype: 'float32', shape: [count], fill: { normal: 1 } },
            { name: 'grad', role: 'in', dtype: 'float32', shape: [1], fill: { values: [0.7] } },
            { name: 'grad_x', role: 'out', dtype: 'float32', shape: [count] },
        ],
        flops: count,
    };
}
const counts = [1, 3, 17, 33, 65, 1000, 10007];
const meanOf = (x, count) => x.reduce((sum, value) => sum + value, 0) / count;
const forwardSpec = {
    kernel: 'reduce_mean_forward',
    cases: counts.map(forwardCase),
    bench: [forwardCase(400)],
    tolerance: { float32: 2e-6, bfloat16Roundings: 2 },
    reference: ({ x }, { count }) => ({ out: Float64Array.of(meanOf(x, count)) }),
};
const backwardSpec = {
    kernel: 'reduce_mean_backward',
    cases: [...counts, 0].map(backwardCase),
    bench: [backwardCase(400)],
    tolerance: { float32: 2e-6, bfloat16Roundings: 2 },
    reference: ({ grad }, { count }) => ({ grad_x: new Float64Array(count).fill(grad[0] / count) }),
    gradients: {
        objective: ({ x, grad }, { count }) => grad[0] * meanOf(x, count),
        of: { grad_x: 'x' },
    },
};
/** reduce_mean_forward and reduce_mean_backward. */
export const specs = [forwardSpec, backwardSpec];
//# sourceMappingURL=reduce_mean.spec.js.map