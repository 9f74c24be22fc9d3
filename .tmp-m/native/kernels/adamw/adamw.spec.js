/** One step of torch.optim.AdamW. */
function step(inputs, { count, step: t, learningRate, beta1, beta2, eps, weightDecay }) {
    const parameter = new Float64Array(count);
    const first = new Float64Array(count);
    const second = new Float64Array(count);
    for (let i = 0; i < count; i++) {
        const g = inputs.grad ? inputs.grad[i] : 0;
        first[i] = beta1 * inputs.first_moment[i] + (1 - beta1) * g;
        second[i] = beta2 * inputs.second_moment[i] + (1 - beta2) * g * g;
        const mean = first[i] / (1 - beta1 ** t);
        const deviation = Math.sqrt(second[i] / (1 - beta2 ** t));
        const decayed = inputs.parameter[i] * (1 - learningRate * weightDecay);
        parameter[i] = decayed - (learningRate * mean) / (deviation + eps);
    }
    return { parameter, first_moment: first, second_moment: second };
}
function adamwCase(count, t, options = {}) {
    const { learningRate = 0.01, weightDecay = 1e-3, grad = true } = options;
    const shape = [count];
    const words = [`${count} at step ${t}`, `lr ${learningRate}`, `decay ${weightDecay}`, grad ? '' : 'no grad'];
    // Before the first step there are no moments yet.
    const moment = t === 1 ? { values: new Float64Array(count) } : undefined;
    return {
        name: words.filter(Boolean).join(', '),
        numbers: {
            count,
            step: t,
            learningRate,
            beta1: 0.9,
            beta2: 0.98,
            eps: 1e-8,
            weightDecay,
        },
        operands: [
            { name: 'parameter', role: 'inout', dtype: 'float32', shape, fill: { normal: 1 } },
            { name: 'first_moment', role: 'inout', dtype: 'float32', shape, fill: moment ?? { normal: 0.1 } },
            {
                name: 'second_moment',
                role: 'inout',
                dtype: 'float32',
                shape,
                fill: moment ?? { uniform: [0.001, 0.1] },
            },
            { name: 'grad', role: 'in', dtype: 'float32', shape, fill: { normal: 0.5 }, absent: !grad },
        ],
        flops: 12 * count,
    };
}
const spec = {
    kernel: 'adamw',
    cases: [
        ...[1, 3, 17, 33, 65, 1000].map((count) => adamwCase(count, 1)),
        ...[2, 5, 100, 10000].map((t) => adamwCase(67, t)),
        adamwCase(0, 1),
        adamwCase(67, 3, { grad: false }),
        adamwCase(67, 1, { grad: false }),
        adamwCase(67, 4, { learningRate: 0 }),
        adamwCase(67, 4, { weightDecay: 0.5, learningRate: 0.5 }),
        adamwCase(20000, 7, { weightDecay: 0 }),
    ],
    bench: [adamwCase(1_744_000, 7)],
    tolerance: { float32: 2e-6, bfloat16Roundings: 2 },
    reference: step,
};
/** adamw. */
export const specs = [spec];
//# sourceMappingURL=adamw.spec.js.map