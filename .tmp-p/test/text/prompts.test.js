import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DEFAULT_TEMPLATE, formatPrompts } from '../../lib/text/prompts.js';
import { hasCode } from '../support/errors.js';
const prompts = suite('formatPrompts');
prompts("puts every name into the paper's template", () => {
    assert.is(DEFAULT_TEMPLATE, 'a video of {}.');
    assert.equal(formatPrompts(['archery', 'Apply Eye Makeup']), [
        'a video of archery.',
        'a video of Apply Eye Makeup.',
    ]);
});
prompts('replaces every placeholder and takes names literally', () => {
    assert.equal(formatPrompts(['$&{}'], '{}: {}'), ['$&{}: $&{}']);
});
prompts('refuses a template without a placeholder, and empty names', () => {
    assert.throws(() => formatPrompts(['a'], 'a video'), hasCode('ERR_ARGUMENT', '{}', 'a video'));
    assert.throws(() => formatPrompts(['a', ' ']), hasCode('ERR_ARGUMENT', 'Class 1'));
});
prompts.run();
//# sourceMappingURL=prompts.test.js.map