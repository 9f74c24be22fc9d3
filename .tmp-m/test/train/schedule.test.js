import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { learningRate } from '../../lib/train/schedule.js';
import { hasCode } from '../support/errors.js';
const schedule = suite('learningRate');
const I = 13;
schedule("gives the authors' logged rates to nine decimals", () => {
    const options = { baseLr: 1e-3, totalSteps: 50 * I, iterationsPerEpoch: I };
    const expected = [
        [0, 0],
        [1, 0.0002],
        [5, 0.000975773],
        [25, 0.000505],
        [49, 0.000010977],
    ];
    for (const [epoch, rate] of expected) {
        assert.is(learningRate(epoch * I, options).toFixed(9), rate.toFixed(9), `epoch ${epoch}`);
    }
});
schedule('ramps per iteration and spans the whole run with its cosine', () => {
    const options = { baseLr: 1, totalSteps: 100, iterationsPerEpoch: 4 };
    assert.is(learningRate(19, options), 19 / 20);
    assert.is(learningRate(20, options), 0.01 + (0.99 * (1 + Math.cos(Math.PI * 0.2))) / 2);
    assert.ok(Math.abs(learningRate(100, options) - 0.01) < 1e-15);
    assert.is(learningRate(150, options), learningRate(100, options));
});
schedule('only ramps in a run shorter than its warm-up', () => {
    const options = { baseLr: 1e-3, totalSteps: 3 * I, iterationsPerEpoch: I };
    for (let step = 0; step < 3 * I; step++)
        assert.is(learningRate(step, options), (1e-3 * step) / (5 * I));
});
schedule('takes another warm-up and floor', () => {
    const options = { baseLr: 1, totalSteps: 10, iterationsPerEpoch: 1, warmupEpochs: 0, minLrRatio: 0.5 };
    assert.is(learningRate(0, options), 1);
    assert.is(learningRate(5, options), 0.75);
});
schedule('refuses what is no count or no rate', () => {
    const good = { baseLr: 1, totalSteps: 10, iterationsPerEpoch: 1 };
    for (const step of [-1, 0.5, Number.NaN])
        assert.throws(() => learningRate(step, good), hasCode('ERR_ARGUMENT', 'step'));
    for (const field of ['baseLr', 'totalSteps', 'iterationsPerEpoch', 'warmupEpochs', 'minLrRatio']) {
        assert.throws(() => learningRate(0, { ...good, [field]: -1 }), hasCode('ERR_ARGUMENT', field));
        assert.throws(() => learningRate(0, { ...good, [field]: Number.NaN }), hasCode('ERR_ARGUMENT', field));
    }
});
schedule.run();
//# sourceMappingURL=schedule.test.js.map