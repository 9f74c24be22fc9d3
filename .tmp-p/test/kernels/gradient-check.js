import { assertWithin } from './compare.js';
import { fillCase, presentValues, uniformNumbers } from './fill.js';
/** Entries of each input that are nudged. */
const SAMPLES = 12;
const STEP = 1e-6;
/** Above this, a case is left to the smaller ones. */
const MOST_FLOPS = 3e5;
function derivative(spec, one, values, input, at) {
    const objective = (nudge) => {
        const moved = { ...values, [input]: values[input].with(at, values[input][at] + nudge) };
        return spec.gradients.objective(moved, one.numbers);
    };
    return (objective(STEP) - objective(-STEP)) / (2 * STEP);
}
/** Throws unless the twin's outputs are the derivatives they claim to be. Returns how many were compared. */
export function checkGradients(spec, one) {
    if (!spec.gradients || one.differentiable === false || one.flops > MOST_FLOPS)
        return 0;
    const values = fillCase(spec, one, false);
    const present = presentValues(one, values);
    const claimed = spec.reference(present, one.numbers);
    let compared = 0;
    for (const [output, input] of Object.entries(spec.gradients.of)) {
        const wanted = one.operands.find((operand) => operand.name === output);
        const count = values[input]?.length ?? 0;
        if (!wanted || wanted.absent || count === 0)
            continue;
        const random = uniformNumbers(count);
        const gradient = claimed[output];
        const largest = gradient.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        for (let i = 0; i < Math.min(SAMPLES, count); i++) {
            const at = count <= SAMPLES ? i : Math.floor(random() * count);
            const measured = derivative(spec, one, values, input, at);
            const error = Math.abs(measured - gradient[at]) / Math.max(largest, 1e-3);
            assertWithin(error, 1e-6, `twin of ${spec.kernel} [${one.name}] ${output}[${at}]: ${gradient[at]}, measured ${measured}`);
            compared++;
        }
    }
    return compared;
}
//# sourceMappingURL=gradient-check.js.map