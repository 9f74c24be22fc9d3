function forward({ ids, table, position }, { batch, length, width }) {
    const out = new Float64Array(batch * length * width);
    for (let b = 0; b < batch; b++) {
        for (let l = 0; l < length; l++) {
            for (let c = 0; c < width; c++) {
                const at = (b * length + l) * width + c;
                out[at] = table[ids[b * length + l] * width + c] + position[l * width + c];
            }
        }
    }
    return { out };
}
function backward({ grad, ids }, { batch, length, vocabulary, width, context }) {
    const gradTable = new Float64Array(vocabulary * width);
    const gradPosition = new Float64Array(context * width);
    for (let b = 0; b < batch; b++) {
        for (let l = 0; l < length; l++) {
            for (let c = 0; c < width; c++) {
                const g = grad[(b * length + l) * width + c];
                gradTable[ids[b * length + l] * width + c] += g;
                gradPosition[l * width + c] += g;
            }
        }
    }
    return { grad_table: gradTable, grad_position: gradPosition };
}
const describe = ([batch, length, vocabulary, width, context], dtypes) => `${batch}x${length} of ${vocabulary}x${width} context ${context} ${[...new Set(dtypes)].join('/')}`;
function forwardCase(dims, dtype = 'float32', out = dtype) {
    const [batch, length, vocabulary, width, context] = dims;
    return {
        name: describe(dims, [dtype, out]),
        numbers: { batch, length, vocabulary, width },
        operands: [
            { name: 'ids', role: 'in', dtype: 'int32', shape: [batch, length], fill: { below: vocabulary } },
            { name: 'table', role: 'in', dtype, shape: [vocabulary, width], fill: { normal: 1 } },
            { name: 'position', role: 'in', dtype, shape: [context, width], fill: { normal: 1 } },
            { name: 'out', role: 'out', dtype: out, shape: [batch, length, width] },
        ],
        flops: batch * length * width,
        bytes: (3 * batch * length * width + length * width) * (dtype === 'float32' ? 4 : 2),
    };
}
function backwardCase(dims, dtype = 'float32', wanted = 'both') {
    const [batch, length, vocabulary, width, context] = dims;
    return {
        name: describe(dims, [dtype]) + (wanted === 'both' ? '' : ` only ${wanted}`),
        numbers: { batch, length, vocabulary, width, context },
        operands: [
            { name: 'table', role: 'aside', dtype, shape: [vocabulary, width], fill: { normal: 1 } },
            { name: 'position', role: 'aside', dtype, shape: [context, width], fill: { normal: 1 } },
            { name: 'grad', role: 'in', dtype, shape: [batch, length, width], fill: { normal: 1 } },
            { name: 'ids', role: 'in', dtype: 'int32', shape: [batch, length], fill: { below: vocabulary } },
            {
                name: 'grad_table',
                role: 'out',
                dtype: 'float32',
                shape: [vocabulary, width],
                absent: wanted === 'position',
            },
            {
                name: 'grad_position',
                role: 'out',
                dtype: 'float32',
                shape: [context, width],
                absent: wanted === 'table',
            },
        ],
        flops: 2 * batch * length * width,
    };
}
/** Few ids among many tokens, so that rows of the table repeat; and many ids, so that some never come up. */
const dims = [
    [1, 1, 1, 1, 1],
    [3, 7, 5, 17, 9],
    [2, 32, 100, 33, 32],
    [65, 3, 4, 16, 3],
    [1, 5, 300, 64, 8],
];
const forwardSpec = {
    kernel: 'token_embed_forward',
    cases: [
        ...dims.map((each) => forwardCase(each)),
        forwardCase([0, 3, 4, 5, 6]),
        forwardCase([3, 0, 4, 5, 6]),
        forwardCase(dims[1], 'bfloat16'),
        forwardCase(dims[1], 'bfloat16', 'float32'),
        forwardCase(dims[1], 'float32', 'bfloat16'),
    ],
    bench: [forwardCase([400, 12, 49408, 512, 32])],
    tolerance: { float32: 2e-6, bfloat16Roundings: 1.001 },
    reference: forward,
};
const backwardSpec = {
    kernel: 'token_embed_backward',
    cases: [
        ...dims.map((each) => backwardCase(each)),
        backwardCase([0, 3, 4, 5, 6]),
        backwardCase(dims[1], 'float32', 'table'),
        backwardCase(dims[1], 'float32', 'position'),
        backwardCase(dims[1], 'bfloat16'),
    ],
    bench: [backwardCase([51, 12, 49408, 512, 32])],
    tolerance: { float32: 1e-5, bfloat16Roundings: 1.001 },
    reference: backward,
    gradients: {
        objective(inputs, shape) {
            return forward(inputs, shape).out.reduce((total, value, at) => total + value * inputs.grad[at], 0);
        },
        of: { grad_table: 'table', grad_position: 'position' },
    },
};
/** token_embed_forward and token_embed_backward. */
export const specs = [forwardSpec, backwardSpec];
//# sourceMappingURL=token_embed.spec.js.map