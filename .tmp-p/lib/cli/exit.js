/** Exit statuses of every command. */
export const EXIT = { ok: 0, failure: 1, usage: 2 };
/** A wrong call of a command: what is wrong, without the usage. */
export class UsageError extends Error {
}
/** Why a command was stopped from outside. */
export class Interruption extends Error {
    status;
    /** @param status exit status: 128 + the signal's number, 0 where nobody reads the output any more. */
    constructor(message, status) {
        super(message);
        this.status = status;
    }
}
const STATUS_OF_SIGNAL = { SIGINT: 130, SIGTERM: 143 };
/**
 * Aborts `controller` on the first SIGINT or SIGTERM, so that what runs can end in good order; the second one ends
 * the process at once. @returns a function that goes back to what signals did before.
 */
export function abortOnSignals(controller, output) {
    const handlers = Object.entries(STATUS_OF_SIGNAL).map(([signal, status]) => {
        const onSignal = () => {
            if (controller.signal.aborted)
                process.exit(status);
            output.end();
            output.log('interrupted, finishing; once more to stop at once');
            controller.abort(new Interruption('interrupted', status));
        };
        process.on(signal, onSignal);
        return () => process.off(signal, onSignal);
    });
    return () => {
        for (const remove of handlers)
            remove();
    };
}
let onStdoutLost;
/** Calls `listener` when stdout can take no more: the reader has gone, or the disk is full. */
export function whenStdoutIsLost(listener) {
    onStdoutLost = listener;
}
/** Keeps a reader that goes away (`msta ... | head -1`) from being an error. To be called once, before any output. */
export function watchOutputStreams() {
    process.stdout.on('error', (error) => {
        const isQuiet = error.code === 'EPIPE';
        if (!isQuiet) {
            process.exitCode = EXIT.failure;
            process.stderr.write(`error: cannot write the output: ${error.message}\n`);
        }
        onStdoutLost?.(new Interruption(error.message, isQuiet ? EXIT.ok : EXIT.failure));
    });
    process.stderr.on('error', () => { });
}
/** Tells the user about an error of a command. @returns the exit status. */
export function reportError(error, output) {
    if (error instanceof Interruption)
        return error.status;
    const { code, message, stack } = error instanceof Error ? error : asError(error);
    output.log(`error: ${message}${code === undefined ? '' : ` (${code})`}`);
    if (process.env.MSTA_DEBUG === '1')
        output.log(String(stack));
    else if (code === undefined && !(error instanceof UsageError))
        output.log('Set MSTA_DEBUG=1 to see where.');
    return error instanceof UsageError || code === 'ERR_ARGUMENT' ? EXIT.usage : EXIT.failure;
}
const asError = (thrown) => new Error(String(thrown));
//# sourceMappingURL=exit.js.map