/** Settings of an option that takes a word. */
export declare function word(describe: string): {
    readonly type: 'string';
    readonly requiresArg: true;
    readonly describe: string;
    readonly coerce: (value: unknown) => string;
};
/** Settings of an option that takes one of some words. */
export declare function choice<const Word extends string>(describe: string, choices: readonly Word[]): {
    readonly type: 'string';
    readonly requiresArg: true;
    readonly describe: string;
    readonly choices: readonly Word[];
    readonly coerce: (value: unknown) => Word;
};
/** Settings of an option that takes a whole number from `least`. */
export declare function wholeNumber(name: string, describe: string, least?: number): {
    readonly type: 'number';
    readonly requiresArg: true;
    readonly describe: string;
    readonly coerce: (value: unknown) => number;
};
/** Settings of a yes-or-no option, `--name` or `--no-name`. */
export declare function flag(describe: string): {
    readonly type: 'boolean';
    readonly describe: string;
    readonly coerce: (value: unknown) => boolean;
};
