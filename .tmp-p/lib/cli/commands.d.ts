/** Every command of the program, in the order of the help. A new one is registered here. */
export declare const COMMANDS: import("yargs").CommandModule<{}, {}>[];
