/** `msta train`: adapts a model to the actions of a list of videos. */
export declare const train: import("yargs").CommandModule<{}, {}>;
