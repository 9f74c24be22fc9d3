/** `msta flops`: the analytic count of multiply-accumulates and parameters. */
export declare const flops: import("yargs").CommandModule<{}, {}>;
