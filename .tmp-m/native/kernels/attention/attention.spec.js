const queriesOf = ({ tokens, firstQueryOnly }) => (firstQueryOnly ? Math.min(1, tokens) : tokens);
/** Where q (part 0), k (1) or v (2) of one token and head starts in qkv. */
function start({ tokens, heads, headDim }, part, b, token, head) {
    return (b * tokens + token) * 3 * heads * headDim + part * heads * headDim + head * headDim;
}
function score(qkv, shape, b, head, query, key) {
    const q = start(shape, 0, b, query, head);
    const k = start(shape, 1, b, key, head);
    let total = 0;
    for (let d = 0; d < shape.headDim; d++)
        total += qkv[q + d] * qkv[k + d];
    return total / Math.sqrt(shape.headDim);
}
function forward({ qkv }, shape) {
    const { batch, tokens, heads, headDim } = shape;
    const queries = queriesOf(shape);
    const out = new Float64Array(batch * queries * heads * headDim);
    const logsumexp = new Float64Array(batch * heads * queries);
    for (let b = 0; b < batch; b++) {
        for (let h = 0; h < heads; h++) {
            for (let i = 0; i < queries; i++) {
                const scores = [];
                for (let j = 0; j < (shape.causal ? i + 1 : tokens); j++)
                    scores.push(score(qkv, shape, b, h, i, j));
                const highest = Math.max(...scores);
                const total = scores.reduce((sum, s) => sum + Math.exp(s - highest), 0);
                logsumexp[(b * heads + h) * queries + i] = highest + Math.log(total);
                scores.forEach((s, j) => {
                    const v = start(shape, 2, b, j, h);
                    for (let d = 0; d < headDim; d++) {
                        const at = ((b * queries + i) * heads + h) * headDim + d;
                        out[at] += (Math.exp(s - highest) / total) * qkv[v + d];
                    }
                });
            }
        }
    }
    return { out, logsumexp };
}
function backward({ grad, qkv, out, logsumexp }, shape) {
    const { batch, tokens, heads, headDim } = shape;
    const queries = queriesOf(shape);
    const gradQkv = new Float64Array(qkv.length);
    for (let b = 0; b < batch; b++) {
        for (let h = 0; h < heads; h++) {
            for (let i = 0; i < queries; i++) {
                const row = ((b * queries + i) * heads + h) * headDim;
                const q = start(shape, 0, b, i, h);
                let along = 0;
                for (let d = 0; d < headDim; d++)
                    along += grad[row + d] * out[row + d];
                for (let j = 0; j < (shape.causal ? i + 1 : tokens); j++) {
                    const k = start(shape, 1, b, j, h);
                    const v = start(shape, 2, b, j, h);
                    const probability = Math.exp(score(qkv, shape, b, h, i, j) - logsumexp[(b * heads + h) * queries + i]);
                    let gradProbability = 0;
                    for (let d = 0; d < headDim; d++) {
                        gradProbability += grad[row + d] * qkv[v + d];
                        gradQkv[v + d] += probability * grad[row + d];
                    }
                    const gradScore = (probability * (gradProbability - along)) / Math.sqrt(headDim);
                    for (let d = 0; d < headDim; d++) {
                        gradQkv[q + d] += gradScore * qkv[k + d];
                        gradQkv[k + d] += gradScore * qkv[q + d];
                    }
                }
            }
        }
    }
    return { grad_qkv: gradQkv };
}
function describe(dims, options) {
    const { dtype = 'float32', out = dtype, spread = 1 } = options;
    const words = [dims.join('x'), [...new Set([dtype, out])].join('/'), spread === 1 ? '' : `spread ${spread}`];
    words.push(options.causal ? 'causal' : '', options.firstQueryOnly ? 'first query only' : '');
    words.push(options.logsumexp === false ? 'no logsumexp' : '');
    return words.filter(Boolean).join(' ');
}
function numbersOf([batch, tokens, heads, headDim], options) {
    return {
        batch,
        tokens,
        heads,
        headDim,
        causal: options.causal ? 1 : 0,
        firstQueryOnly: options.firstQueryOnly ? 1 : 0,
    };
}
function products(shape) {
    const pairs = queriesOf(shape) * shape.tokens * (shape.causal ? 0.5 : 1);
    return 2 * shape.batch * shape.heads * shape.headDim * pairs;
}
function forwardCase(dims, options = {}) {
    const [batch, tokens, heads, headDim] = dims;
    const { dtype = 'float32', out = dtype, spread = 1, logsumexp = true, tolerance } = options;
    const shape = numbersOf(dims, options);
    const queries = queriesOf(shape);
    return {
        name: describe(dims, options),
        numbers: shape,
        operands: [
            {
                name: 'qkv',
                role: 'in',
                dtype,
                shape: [batch, tokens, 3 * heads * headDim],
                fill: { normal: spread },
            },
            { name: 'out', role: 'out', dtype: out, shape: [batch, queries, heads * headDim] },
            {
                name: 'logsumexp',
                role: 'out',
                dtype: 'float32',
                shape: [batch, heads, queries],
                absent: !logsumexp,
            },
        ],
        flops: 2 * products(shape),
        ...(tolerance ? { tolerance } : {}),
    };
}
function backwardCase(dims, options = {}) {
    const [batch, tokens, heads, headDim] = dims;
    const { dtype = 'float32', out = dtype, spread = 1 } = options;
    const shape = numbersOf(dims, options);
    const queries = queriesOf(shape);
    const keep = (name) => ({
        derived: (inputs) => forward(inputs, shape)[name],
    });
    const width = heads * headDim;
    return {
        name: describe(dims, options),
        numbers: shape,
        operands: [
            { name: 'grad', role: 'in', dtype, shape: [batch, queries, width], fill: { normal: 1 } },
            { name: 'qkv', role: 'in', dtype, shape: [batch, tokens, 3 * width], fill: { normal: spread } },
            { name: 'out', role: 'in', dtype, shape: [batch, queries, width], fill: keep('out') },
            {
                name: 'logsumexp',
                role: 'in',
                dtype: 'float32',
                shape: [batch, heads, queries],
                fill: keep('logsumexp'),
            },
            { name: 'grad_qkv', role: 'out', dtype: out, shape: [batch, tokens, 3 * width] },
        ],
        flops: 5 * products(shape),
    };
}
const plain = [
    [1, 1, 1, 4],
    [1, 2, 1, 1],
    [2, 3, 2, 20],
    [1, 5, 3, 7],
    [1, 17, 2, 32],
    [1, 33, 2, 64],
    [2, 65, 1, 64],
    [1, 48, 1, 80],
    [1, 15, 2, 128],
    [1, 64, 1, 16],
    [1, 129, 1, 20],
    [1, 197, 2, 64],
    [1, 300, 1, 8],
];
const masked = [
    [1, 1, 1, 4],
    [2, 8, 2, 64],
    [3, 5, 1, 20],
    [1, 32, 2, 64],
    [1, 77, 1, 33],
    [1, 150, 1, 32],
];
const single = [
    [3, 1, 2, 8],
    [2, 17, 3, 64],
    [1, 65, 1, 20],
    [2, 133, 2, 80],
];
function both(build) {
    return [
        ...plain.map((dims) => build(dims)),
        ...masked.map((dims) => build(dims, { causal: true })),
        ...single.map((dims) => build(dims, { firstQueryOnly: true })),
        build([0, 5, 2, 8]),
        build([2, 0, 2, 8]),
        build([2, 9, 2, 16], { causal: true, firstQueryOnly: true }),
        ...[plain[5], plain[8], plain[10]].map((dims) => build(dims, { dtype: 'bfloat16' })),
        build([1, 33, 2, 20], { dtype: 'bfloat16', causal: true }),
        build([2, 65, 1, 64], { dtype: 'bfloat16', firstQueryOnly: true }),
        build([1, 33, 2, 64], { dtype: 'bfloat16', out: 'float32' }),
    ];
}
const forwardSpec = {
    kernel: 'attention_forward',
    cases: [
        ...both(forwardCase),
        forwardCase([1, 33, 2, 64], { logsumexp: false }),
        forwardCase([1, 33, 2, 64], { causal: true, logsumexp: false }),
        // Scores of +-100: the running maximum must move. A float32 score of 100 is off by 100 x 6e-8 at best,
        // and so is the exponential of it, relatively.
        forwardCase([1, 100, 2, 64], { spread: 5, tolerance: 2e-5 }),
        forwardCase([1, 100, 2, 64], { spread: 5, causal: true, tolerance: 2e-5 }),
    ],
    bench: [
        forwardCase([1, 1569, 12, 64]),
        forwardCase([1, 1569, 12, 64], { dtype: 'bfloat16' }),
        forwardCase([1, 1569, 12, 64], { firstQueryOnly: true }),
        forwardCase([51, 12, 8, 64], { causal: true }),
    ],
    tolerance: { float32: 2e-6, bfloat16Roundings: 2 },
    reference: forward,
};
const backwardSpec = {
    kernel: 'attention_backward',
    cases: both(backwardCase),
    bench: [
        backwardCase([1, 1569, 12, 64]),
        backwardCase([1, 1569, 12, 64], { dtype: 'bfloat16' }),
        backwardCase([51, 12, 8, 64], { causal: true }),
    ],
    tolerance: { float32: 1e-5, bfloat16Roundings: 2 },
    reference: backward,
    gradients: {
        objective(inputs, shape) {
            return forward(inputs, shape).out.reduce((total, value, at) => total + value * inputs.grad[at], 0);
        },
        of: { grad_qkv: 'qkv' },
    },
};
/** attention_forward and attention_backward. */
export const specs = [forwardSpec, backwardSpec];
//# sourceMappingURL=attention.spec.js.map