/** Runs the command that `args` name; a wrong call prints the usage on stderr. Sets the exit status. */
export declare function runProgram(args: readonly string[]): Promise<void>;
