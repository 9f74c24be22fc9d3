import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { Output } from './output.js';
/** All that the package exports; a command reaches the library through it alone. */
export type Library = typeof import('../index.js');
/** What a command gets besides its options. */
export interface Context {
    library: Library;
    /** Aborted by Ctrl-C, SIGTERM, or when nobody reads the output any more. */
    signal: AbortSignal;
    output: Output;
}
/** One command of the program. */
export interface CommandDefinition<Options> {
    /** As yargs takes it: `predict [videos..]`. */
    command: string;
    describe: string;
    builder: (yargs: Argv<object>) => Argv<Options>;
    /** Does the work. @returns the exit status, 0 when left out. */
    run: (options: ArgumentsCamelCase<Options>, context: Context) => Promise<number> | Promise<void>;
}
/**
 * A yargs command with `--json` that runs with signals, errors and exit status taken care of. The library is loaded
 * when the command runs, so that `--help` does not wait for it.
 */
export declare function defineCommand<Options>(definition: CommandDefinition<Options>): CommandModule;
/** The words of a variadic positional, with those after `--`, which may begin with a dash. */
export declare function wordsOf(options: Readonly<Record<string, unknown>>, positional: readonly string[] | undefined): string[];
