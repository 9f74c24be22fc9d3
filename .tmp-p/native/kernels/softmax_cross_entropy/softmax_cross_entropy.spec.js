function forward({ logits, labels }, { rows, classes }) {
    const probabilities = new Float64Array(rows * classes);
    let loss = 0;
    for (let r = 0; r < rows; r++) {
        const row = logits.subarray(r * classes, (r + 1) * classes);
        const highest = row.reduce((best, x) => Math.max(best, x), Number.NEGATIVE_INFINITY);
        const total = row.reduce((sum, x) => sum + Math.exp(x - highest), 0);
        for (let c = 0; c < classes; c++)
            probabilities[r * classes + c] = Math.exp(row[c] - highest) / total;
        loss += (highest + Math.log(total) - row[labels[r]]) / rows;
    }
    return { loss: Float64Array.of(loss), probabilities };
}
function backward({ grad, probabilities, labels }, { rows, classes }) {
    const gradLogits = new Float64Array(rows * classes);
    for (let r = 0; r < rows; r++) {
        for (let c = 0; c < classes; c++) {
            const target = labels[r] === c ? 1 : 0;
            gradLogits[r * classes + c] = (grad[0] * (probabilities[r * classes + c] - target)) / rows;
        }
    }
    return { grad_logits: gradLogits };
}
function forwardCase(rows, classes, spread = 1) {
    return {
        name: `${rows}x${classes}${spread === 1 ? '' : ` spread ${spread}`}`,
        numbers: { rows, classes },
        operands: [
            { name: 'logits', role: 'in', dtype: 'float32', shape: [rows, classes], fill: { normal: spread } },
            { name: 'labels', role: 'in', dtype: 'int32', shape: [rows], fill: { below: classes } },
            { name: 'loss', role: 'out', dtype: 'float32', shape: [1] },
            { name: 'probabilities', role: 'out', dtype: 'float32', shape: [rows, classes] },
        ],
        flops: 5 * rows * classes,
    };
}
function backwardCase(rows, classes) {
    const probabilities = (inputs) => forward(inputs, { rows, classes }).probabilities;
    return {
        name: `${rows}x${classes}`,
        numbers: { rows, classes },
        operands: [
            { name: 'logits', role: 'aside', dtype: 'float32', shape: [rows, classes], fill: { normal: 1 } },
            { name: 'grad', role: 'in', dtype: 'float32', shape: [1], fill: { values: [0.7] } },
            {
                name: 'probabilities',
                role: 'in',
                dtype: 'float32',
                shape: [rows, classes],
                fill: { derived: (inputs) => probabilities({ ...inputs, labels: new Float64Array(rows) }) },
            },
            { name: 'labels', role: 'in', dtype: 'int32', shape: [rows], fill: { below: classes } },
            { name: 'grad_logits', role: 'out', dtype: 'float32', shape: [rows, classes] },
        ],
        flops: 2 * rows * classes,
    };
}
const shapes = [
    [1, 2],
    [3, 3],
    [2, 17],
    [17, 33],
    [65, 8],
    [32, 51],
    [5, 400],
];
const forwardSpec = {
    kernel: 'softmax_cross_entropy_forward',
    cases: [
        ...shapes.map(([rows, classes]) => forwardCase(rows, classes)),
        forwardCase(9, 1),
        // Cosines over a temperature of 0.01 reach 100.
        forwardCase(20, 51, 40),
    ],
    bench: [forwardCase(32, 400)],
    tolerance: { float32: 2e-6, bfloat16Roundings: 2 },
    reference: forward,
};
const backwardSpec = {
    kernel: 'softmax_cross_entropy_backward',
    cases: [...shapes.map(([rows, classes]) => backwardCase(rows, classes)), backwardCase(0, 5)],
    bench: [backwardCase(32, 400)],
    tolerance: { float32: 1e-5, bfloat16Roundings: 2 },
    reference: backward,
    gradients: {
        objective: (inputs, shape) => inputs.grad[0] * forward(inputs, shape).loss[0],
        of: { grad_logits: 'logits' },
    },
};
/** softmax_cross_entropy_forward and softmax_cross_entropy_backward. */
export const specs = [forwardSpec, backwardSpec];
//# sourceMappingURL=softmax_cross_entropy.spec.js.map