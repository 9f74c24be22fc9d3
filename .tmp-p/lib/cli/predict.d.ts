/** `msta predict`: which of some actions each video shows. */
export declare const predict: import("yargs").CommandModule<{}, {}>;
