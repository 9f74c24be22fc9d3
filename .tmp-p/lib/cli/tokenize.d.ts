/** `msta tokenize`: the token ids of texts. */
export declare const tokenize: import("yargs").CommandModule<{}, {}>;
