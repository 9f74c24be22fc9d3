/** `msta demo`: the whole job on generated clips, offline: video files, zero-shot, training, recognition. */
export declare const demo: import("yargs").CommandModule<{}, {}>;
