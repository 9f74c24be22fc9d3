/** `msta doctor`: what is installed, and why something does not work. */
export declare const doctor: import("yargs").CommandModule<{}, {}>;
