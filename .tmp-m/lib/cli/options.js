import { UsageError } from './exit.js';
/** Of an option given more than once the last one counts, as with most programs. */
function last(value) {
    return Array.isArray(value) ? value.at(-1) : value;
}
/** Settings of an option that takes a word. */
export function word(describe) {
    return {
        type: 'string',
        requiresArg: true,
        describe,
        coerce: (value) => String(last(value)),
    };
}
/** Settings of an option that takes one of some words. */
export function choice(describe, choices) {
    return {
        type: 'string',
        requiresArg: true,
        describe,
        choices,
        coerce: (value) => last(value),
    };
}
/** Settings of an option that takes a whole number from `least`. */
export function wholeNumber(name, describe, least = 0) {
    const coerce = (value) => {
        const number = Number(last(value));
        if (Number.isSafeInteger(number) && number >= least)
            return number;
        throw new UsageError(`--${name} must be a whole number from ${least}`);
    };
    return { type: 'number', requiresArg: true, describe, coerce };
}
/** Settings of a yes-or-no option, `--name` or `--no-name`. */
export function flag(describe) {
    return { type: 'boolean', describe, coerce: (value) => last(value) === true };
}
//# sourceMappingURL=options.js.map