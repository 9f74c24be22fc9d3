/** `msta eval`: accuracy of a model, with or without an adapter, on a list of videos. */
export declare const evaluate: import("yargs").CommandModule<{}, {}>;
