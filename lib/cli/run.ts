import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs'
import { abortOnSignals, reportError, whenStdoutIsLost } from './exit.js'
import { Output } from './output.js'

/** All that the package exports; a command reaches the library through it alone. */
export type Library = typeof import('../index.js')

/** What a command gets besides its options. */
export interface Context {
  library: Library
  /** Aborted by Ctrl-C, SIGTERM, or when nobody reads the output any more. */
  signal: AbortSignal
  output: Output
}

/** One command of the program. */
export interface CommandDefinition<Options> {
  /** As yargs takes it: `predict [videos..]`. */
  command: string
  describe: string
  builder: (yargs: Argv<object>) => Argv<Options>
  /** Does the work. @returns the exit status, 0 when left out. */
  run: (options: ArgumentsCamelCase<Options>, context: Context) => Promise<number> | Promise<void>
}

/**
 * A yargs command with `--json` that runs with signals, errors and exit status taken care of. The library is loaded
 * when the command runs, so that `--help` does not wait for it.
 */
export function defineCommand<Options>(definition: CommandDefinition<Options>): CommandModule {
  const { command, describe, builder, run } = definition
  return {
    command,
    describe,
    builder: (yargs: Argv<object>) =>
      builder(yargs).option('json', {
        type: 'boolean',
        default: false,
        describe: 'Print the result as JSON, alone on stdout',
      }),
    handler: (args) =>
      runToTheEnd(new Output(args.json === true), (context) =>
        run(args as ArgumentsCamelCase<Options>, context),
      ),
  }
}

async function runToTheEnd(
  output: Output,
  work: (context: Context) => Promise<number> | Promise<void>,
): Promise<void> {
  const controller = new AbortController()
  const { signal } = controller
  const release = abortOnSignals(controller, output)
  whenStdoutIsLost((reason) => controller.abort(reason))
  let status: number
  try {
    const library = await import('../index.js')
    status = (await work({ library, signal, output })) ?? 0
  } catch (error) {
    status = reportError(signal.aborted ? signal.reason : error, output)
  } finally {
    output.end()
    release()
  }
  // Never process.exit(): output may still be on its way.
  process.exitCode ||= status
}

/** The words of a variadic positional, with those after `--`, which may begin with a dash. */
export function wordsOf(
  options: Readonly<Record<string, unknown>>,
  positional: readonly string[] | undefined,
): string[] {
  const afterDashes = Array.isArray(options['--']) ? options['--'].map(String) : []
  return [...(positional ?? []), ...afterDashes]
}
