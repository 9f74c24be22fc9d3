/** The tests that a spec's cases stand for. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadBinding } from '../../lib/runtime/loader.js';
import { skipUnless } from '../support/skip.js';
import { assertMatches } from './compare.js';
import { fillCase, presentValues } from './fill.js';
import { checkGradients } from './gradient-check.js';
import { Bench, runCase } from './run-case.js';
import { decode } from './storage.js';
/** A bench, or why there can be none here. */
function openBench() {
    try {
        return new Bench(loadBinding());
    }
    catch (error) {
        const { code, message } = error;
        if (code === 'ERR_DEVICE' && message.includes('does not support'))
            return message;
        throw error;
    }
}
/** Opens the device for a suite. */
export function deviceSuite(name) {
    const isa = process.env.MSTA_CPU_ISA;
    const test = suite(isa ? `${name} (${isa})` : name);
    const bench = openBench();
    if (typeof bench === 'string') {
        const skipped = skipUnless(test, false, bench);
        return { test, onDevice: (title) => skipped(title, () => { }), run: () => test.run() };
    }
    test.before.each(() => bench.newJob());
    test.after(() => bench.stream.close());
    return { test, onDevice: (title, body) => test(title, () => body(bench)), run: () => test.run() };
}
/** Adds a test for each case, comparing kernel with twin, and the twin's own gradient check. */
export function addCases({ test, onDevice }, specs) {
    for (const spec of specs) {
        test(`${spec.kernel}: names of cases are distinct`, () => {
            assert.equal([...new Set(spec.cases.map(({ name }) => name))].length, spec.cases.length);
        });
        for (const one of spec.cases) {
            onDevice(`${spec.kernel} ${one.name}`, async (bench) => {
                const values = fillCase(spec, one, true);
                const expected = spec.reference(presentValues(one, values), one.numbers);
                for (const [operand, bytes] of await runCase(bench, spec, one, values)) {
                    assertMatches(spec, one, operand, decode(operand.dtype, bytes), expected[operand.name]);
                }
            });
        }
        if (spec.gradients) {
            test(`${spec.kernel}: the twin's gradients are those of its forward`, () => {
                const compared = spec.cases.map((one) => checkGradients(spec, one));
                assert.ok(compared.reduce((total, count) => total + count, 0) > 20, 'too few entries were compared');
            });
        }
    }
}
//# sourceMappingURL=kernel-suite.js.map