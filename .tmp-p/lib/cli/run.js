import { abortOnSignals, reportError, whenStdoutIsLost } from './exit.js';
import { Output } from './output.js';
/**
 * A yargs command with `--json` that runs with signals, errors and exit status taken care of. The library is loaded
 * when the command runs, so that `--help` does not wait for it.
 */
export function defineCommand(definition) {
    const { command, describe, builder, run } = definition;
    return {
        command,
        describe,
        builder: (yargs) => builder(yargs).option('json', {
            type: 'boolean',
            default: false,
            describe: 'Print the result as JSON, alone on stdout',
        }),
        handler: (args) => runToTheEnd(new Output(args.json === true), (context) => run(args, context)),
    };
}
async function runToTheEnd(output, work) {
    const controller = new AbortController();
    const { signal } = controller;
    const release = abortOnSignals(controller, output);
    whenStdoutIsLost((reason) => controller.abort(reason));
    let status;
    try {
        const library = await import('../index.js');
        status = (await work({ library, signal, output })) ?? 0;
    }
    catch (error) {
        status = reportError(signal.aborted ? signal.reason : error, output);
    }
    finally {
        output.end();
        release();
    }
    // Never process.exit(): output may still be on its way.
    process.exitCode ||= status;
}
/** The words of a variadic positional, with those after `--`, which may begin with a dash. */
export function wordsOf(options, positional) {
    const afterDashes = Array.isArray(options['--']) ? options['--'].map(String) : [];
    return [...(positional ?? []), ...afterDashes];
}
//# sourceMappingURL=run.js.map