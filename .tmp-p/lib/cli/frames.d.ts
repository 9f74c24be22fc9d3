/** `msta frames`: a video as the model sees it. */
export declare const frames: import("yargs").CommandModule<{}, {}>;
